import type { Database } from '@strata/core'
import { createTestDatabase, describeServers, type TestDatabase } from '@strata/postgres/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderAlone, renderOn } from '../adapter/testing/render-on.ts'

/** Each expression with the text of its value; the values are those that dbt-postgres 1.10 gives. */
const values: readonly (readonly [string, string | null])[] = [
  ["select {{ any_value('x') }} from (values (7), (7)) as v (x)", '7'],
  ["select {{ array_append('array[1, 2]', 3) }}", '{1,2,3}'],
  ["select {{ array_concat('array[1]', 'array[2]') }}", '{1,2}'],
  ['select {{ array_construct([1, 2]) }}', '{1,2}'],
  ['select {{ array_construct() }}', '{}'],
  ["select {{ array_construct([], 'text') }}", '{}'],
  ["select {{ bool_or('x') }} from (values (false), (true)) as v (x)", 'true'],
  ["select {{ cast('1.5', 'integer') }}", '2'],
  ['select {{ safe_cast("\'12\'", type_int()) }} + 1', '13'],
  ["select {{ cast_bool_to_text('true') }}", 'true'],
  ['select {{ concat(["\'a\'", "\'b\'", "\'c\'"]) }}', 'abc'],
  ['select {{ date(2024, 2, 3) }}', '2024-02-03'],
  ["select {{ date_trunc('month', \"'2024-02-29 10:11:12'::timestamp\") }}", '2024-02-01 00:00:00'],
  ["select {{ dateadd('day', 3, \"'2024-02-27'::date\") }}", '2024-03-01 00:00:00'],
  ["select {{ dateadd('quarter', '-1', \"'2024-05-31'::date\") }}", '2024-02-29 00:00:00'],
  ["select {{ dateadd('hour', '1 + 1', \"'2024-02-27'::timestamp\") }}", '2024-02-27 02:00:00'],
  ["select {{ equals('1', '1') }}", 'true'],
  ["select {{ equals('null', 'null') }}", null],
  ["select '{{ escape_single_quotes(\"it's\") }}'", "it's"],
  ['select {{ string_literal(escape_single_quotes("it\'s")) }}', "it's"],
  ['select 1 {{ except() }} select 2', '1'],
  ['select 1 {{ intersect() }} select 1', '1'],
  ["select {{ hash('12') }}", 'c20ad4d76fe97759aa27a0c99bff6710'],
  ["select {{ last_day(\"'2024-02-03'::date\", 'month') }}", '2024-02-29'],
  ["select {{ last_day(\"'2024-02-03'::date\", 'quarter') }}", '2024-03-31'],
  ["select {{ last_day(\"'2024-02-03'::date\", 'year') }}", '2024-12-31'],
  ['select {{ length("\'häh\'") }}', '3'],
  ["select {{ listagg('x') }} from (values ('b'), ('a')) as v (x)", 'b,a'],
  ["select {{ listagg('x', \"'|'\", 'order by x') }} from (values ('b'), ('a')) as v (x)", 'a|b'],
  ["select {{ listagg('x', \"'|'\", 'order by x', 1) }} from (values ('b'), ('a')) as v (x)", 'a'],
  ['select {{ position("\'b\'", "\'abc\'") }}', '2'],
  ['select {{ replace("\'abc\'", "\'b\'", "\'x\'") }}', 'axc'],
  ['select {{ right("\'abc\'", 2) }}', 'bc'],
  ['select {{ split_part("\'a|b|c\'", "\'|\'", 2) }}', 'b'],
  ['select {{ split_part("\'a|b|c\'", "\'|\'", -1) }}', 'c'],
  ['select ({{ current_timestamp() }} = now())', 'true'],
  ['select ({{ current_timestamp_backcompat() }} = now()::timestamp)', 'true'],
  ["select ({{ current_timestamp_in_utc_backcompat() }} = now() at time zone 'utc')", 'true'],
  ['select pg_typeof({{ snapshot_get_time() }})', 'timestamp without time zone'],
  ["select ({{ snapshot_string_as_time('2024-01-02 03:04:05') }})", '2024-01-02 03:04:05'],
  ["select pg_typeof('1'::{{ type_string() }})", 'text'],
  ["select pg_typeof('1'::{{ type_float() }})", 'double precision'],
  ["select '1.23456789'::{{ type_numeric() }}", '1.234568'],
  ["select pg_typeof('1'::{{ type_bigint() }})", 'bigint'],
  ["select pg_typeof('1'::{{ type_boolean() }})", 'boolean'],
  ["select pg_typeof('2024-01-01'::{{ type_timestamp() }})", 'timestamp without time zone'],
  ["select string_agg(generated_number::text, ',') from ({{ generate_series(5) }}) as s", '1,2,3,4,5'],
]

/** first, second, part, difference */
const differences: readonly (readonly [string, string, string, string])[] = [
  ['2023-12-31', '2024-01-01', 'year', '1'],
  ['2023-12-31', '2024-01-01', 'quarter', '1'],
  ['2024-01-01', '2023-12-31', 'month', '-1'],
  ['2023-01-31', '2024-03-01', 'month', '14'],
  ['2024-02-28', '2024-03-01', 'day', '2'],
  // 2024-01-06 is a Saturday: a week begins on Sunday.
  ['2024-01-06', '2024-01-07', 'week', '1'],
  ['2024-01-07', '2024-01-13', 'week', '0'],
  ['2024-01-07', '2024-01-06', 'week', '-1'],
  ['2024-01-03', '2024-01-02', 'week', '0'],
  ['2024-01-01', '2024-02-01', 'week', '4'],
  ['2024-01-01 10:59:59', '2024-01-01 11:00:00', 'hour', '1'],
  ['2024-01-02 01:00:00', '2024-01-01 23:00:00', 'hour', '-2'],
  ['2024-01-01 10:59:59', '2024-01-01 11:00:00', 'minute', '1'],
  ['2024-01-01 10:59:59.9', '2024-01-01 11:00:00.1', 'second', '1'],
  ['2024-01-01 10:59:59.9', '2024-01-01 11:00:00.1', 'millisecond', '200'],
  ['2024-01-01 10:59:59.9', '2024-01-01 11:00:00.1', 'microsecond', '200000'],
]

describeServers('the macros of dbt', (server) => {
  let created: TestDatabase
  let database: Database
  beforeAll(async () => {
    created = await createTestDatabase(server)
    database = created.database
  })
  afterAll(() => created.drop())

  const resultOf = async (sql: string): Promise<unknown> => {
    const { rows } = await database.query<{ value: unknown }>(`select (${sql})::text as value`)
    return rows[0]?.value
  }

  test('give the values that dbt gives', async () => {
    for (const [template, expected] of values) {
      expect([template, await resultOf(renderAlone(template).text)]).toEqual([template, expected])
    }
  })

  test('count date parts by the borders between', async () => {
    const sql = differences.map(
      ([first, second, part]) =>
        renderAlone(`{{ datediff("'${first}'::timestamp", "'${second}'::timestamp", '${part}') }}`).text,
    )
    const { rows } = await database.query<{ all: string[] }>(
      `select array[${sql.map((one) => `(${one})::text`)}] as all`,
    )
    expect(rows[0]!.all).toEqual(differences.map(([, , , difference]) => difference))
  })

  test('make the days between two dates, the last one left out', async () => {
    const template = `{{ date_spine('day', "'2024-02-28'::date", "'2024-03-02'::date") }}`
    const { text, asked } = await renderOn(database, template)
    expect(asked).toHaveLength(1)
    const { rows } = await database.query<{ day: string }>(
      `select date_day::date::text as day from (${text}) as s`,
    )
    expect(rows.map(({ day }) => day)).toEqual(['2024-02-28', '2024-02-29', '2024-03-01'])
    expect(renderAlone(template, { execute: false }).text).toContain('generate_series(1, 1)')
  })

  test('find the failing rows of the generic tests', async () => {
    await database.query('create table parent (id int)')
    await database.query('create table child (id int, kind text, parent_id int)')
    await database.query('insert into parent values (1), (2)')
    await database.query(
      `insert into child values (1, 'a', 1), (1, 'it''s', 3), (null, null, null), (4, 'x', 2)`,
    )
    const failing = async (call: string, config = {}) => {
      const { rows } = await database.query(renderAlone(`{{ ${call} }}`, { config }).text)
      return rows
    }
    expect(await failing("test_unique('child', 'id')")).toEqual([{ unique_field: 1, n_records: '2' }])
    expect(await failing("test_not_null('child', 'id')")).toEqual([{ id: null }])
    expect(await failing("test_not_null('child', 'id')", { store_failures: true })).toEqual([
      { id: null, kind: null, parent_id: null },
    ])
    const accepted = [{ value_field: 'x', n_records: '1' }]
    expect(await failing(`test_accepted_values('child', 'kind', ['a', "it's"])`)).toEqual(accepted)
    expect(await failing(`test_accepted_values('child', 'kind', ['a', "it''s"])`)).toEqual(accepted)
    expect(await failing("test_accepted_values('child', 'parent_id', [1, 2], quote=false)")).toEqual([
      { value_field: 3, n_records: '1' },
    ])
    expect(await failing("test_relationships('child', 'parent_id', 'parent', 'id')")).toEqual([
      { from_field: 3 },
    ])
    expect(await failing("test_unique(get_where_subquery('child'), 'id')", { where: 'id > 1' })).toEqual([])
  })

  test('tell the columns of a query, and those of a relation', async () => {
    await database.query('create table told (id int, "Name" text)')
    expect((await renderOn(database, "{{ get_columns_in_query('select * from told') }}")).text).toBe(
      "['id', 'Name']",
    )
    const schema =
      "{{ get_column_schema_from_query('select id, \"Name\" from told') | map(attribute='dtype') | list }}"
    expect((await renderOn(database, schema)).text).toBe("['INTEGER', 'TEXT']")
    const names =
      "{{ get_list_of_column_names(get_columns_in_relation(api.Relation.create(schema='public', identifier='told'))) }}"
    expect((await renderOn(database, names)).text).toBe("['id', 'Name']")
  })

  test('know relations, schemas and indexes by query', async () => {
    await database.query('create table indexed (id int primary key, born date)')
    await database.query('create view reading as select id from indexed')
    const relation = "api.Relation.create(schema='public', identifier='indexed', type='table')"
    const row = async (call: string) => (await renderOn(database, `{{ ${call}.rows[0].values() }}`)).text
    expect(await row(`run_query(get_show_indexes_sql(${relation}))`)).toBe(
      "('indexed_pkey', 'btree', True, 'id')",
    )
    expect(await row('get_relations()')).toBe("('public', 'reading', 'public', 'indexed')")
    expect(await row("check_schema_exists(none, 'public')")).toBe('(1,)')
    const names = `{{ list_relations_without_caching(${relation}).columns['name'].values() | list }}`
    expect((await renderOn(database, names)).text).toContain("'indexed', ")
  })
})

describe('the naming macros', () => {
  test('put the prefix of the target before a schema, and take no default schema into it', () => {
    expect(renderAlone('{{ generate_schema_name() }}').text).toBe('dev_silver')
    expect(renderAlone("{{ generate_schema_name(' gold ') }}").text).toBe('dev_gold')
    expect(renderAlone("{{ generate_schema_name_for_env('gold', none) }}").text).toBe('dev_silver')
  })

  test('name a relation by its alias, or its name and version', () => {
    expect(renderAlone("{{ generate_alias_name(none, {'name': 'm', 'version': '1.2'}) }}").text).toBe(
      'm_v1_2',
    )
    expect(renderAlone("{{ generate_alias_name(' a ', {'name': 'm'}) }}").text).toBe('a')
    expect(renderAlone("{{ generate_alias_name(none, {'name': 'm'}) }}").text).toBe('m')
    expect(renderAlone('{{ generate_database_name() }}').text).toBe('lake')
  })

  test('refuse a part of a date that dbt does not count', () => {
    expect(() => renderAlone("{{ datediff('a', 'b', 'decade') }}")).toThrow('does not know the part "decade"')
  })

  test('make names of temporary relations that fit and stay the same', () => {
    const long = "api.Relation.create(schema='s', identifier='a' * 63, type='table')"
    const { text } = renderAlone(`{{ make_temp_relation(${long}).identifier }}`)
    expect(text).toMatch(/^a+_[0-9a-z]+__dbt_tmp$/)
    expect(text).toHaveLength(63)
    expect(renderAlone(`{{ make_temp_relation(${long}).identifier }}`).text).toBe(text)
    expect(
      renderAlone("{{ make_backup_relation(api.Relation.create(schema='s', identifier='m'), 'view') }}").text,
    ).toBe('"s"."m__dbt_backup"')
  })

  test('compare nulls as equal where the project wants that', () => {
    const behavior = ['enable_truthy_nulls_equals_macro']
    expect(renderAlone("{{ equals('a', 'b') }}", { behavior }).text).toBe('(a is not distinct from b)')
  })
})
