import type { Database } from '@strata/core'
import { createTestDatabase, describeServers, type TestDatabase } from '@strata/postgres/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostFunction } from '../template/index.ts'
import { adapterValue } from './adapter-value.ts'
import { renderAlone, renderOn } from './testing/render-on.ts'

const hostile = 'it\'s "x"; drop schema s cascade; --\\'

describeServers('the adapter', (server) => {
  let created: TestDatabase
  let database: Database
  beforeAll(async () => {
    created = await createTestDatabase(server)
    database = created.database
    const statements = [
      'create schema s',
      'create domain s.short as varchar(12)',
      "create type s.mood as enum ('good')",
      [
        'create table s.t (a int, gone int, b bigint, c numeric(10,2), d varchar(20), e text, f s.short, g s.mood,',
        '  h int[], i timestamptz, j double precision, k char(3), l jsonb, "M" date)',
      ].join(' '),
      'alter table s.t drop column gone',
      "insert into s.t (a, e) values (1, 'x'), (2, 'y')",
      'create view s.v as select a, d from s.t',
      'create materialized view s.mv as select c from s.t',
      `create table s.${quote(hostile)} (id int)`,
    ]
    for (const statement of statements) await database.query(statement)
  })
  afterAll(() => created.drop())

  const render = async (text: string, names = {}) => (await renderOn(database, text, { names })).text
  const relation = (name: string) => `api.Relation.create(schema='s', identifier='${name}')`
  const columns = (name: string, attribute: string) =>
    render(
      `{{ adapter.get_columns_in_relation(${relation(name)}) | map(attribute='${attribute}') | join('; ') }}`,
    )

  test('tells the columns of every kind of relation in the words of the information schema', async () => {
    expect(await columns('t', 'name')).toBe('a; b; c; d; e; f; g; h; i; j; k; l; M')
    expect(await columns('t', 'dtype')).toBe(
      'integer; bigint; numeric; character varying; text; character varying; USER-DEFINED; ARRAY; timestamp with time zone; double precision; character; jsonb; date',
    )
    expect(await columns('t', 'data_type')).toBe(
      'integer; bigint; numeric(10,2); character varying(20); text; character varying(12); USER-DEFINED; ARRAY; timestamp with time zone; double precision; character varying(3); jsonb; date',
    )
    const { rows } = await database.query(
      `select column_name, data_type, character_maximum_length, numeric_precision, numeric_scale
       from information_schema.columns where table_schema = 's' and table_name = 't' order by ordinal_position`,
    )
    const described = await render(
      `{% for c in adapter.get_columns_in_relation(${relation('t')}) %}{{ [c.name, c.dtype, c.char_size, c.numeric_precision, c.numeric_scale] | tojson }}\n{% endfor %}`,
    )
    expect(described.split('\n').map((line) => JSON.parse(line))).toEqual(
      rows.map((row) => Object.values(row as object)),
    )
    expect(await columns('v', 'data_type')).toBe('integer; character varying(20)')
    expect(await columns('mv', 'data_type')).toBe('numeric(10,2)')
    expect(await columns('nope', 'name')).toBe('')
  })

  test('finds relations by their exact names', async () => {
    const find = (name: string) =>
      render(`{% set r = adapter.get_relation(none, 's', '${name}') %}{{ r }} {{ r.type }}`)
    expect(await find('t')).toBe('"s"."t" table')
    expect(await find('v')).toBe('"s"."v" view')
    expect(await find('mv')).toBe('"s"."mv" materialized_view')
    expect(await render("{{ adapter.get_relation(database='', schema='s', identifier='T') is none }}")).toBe(
      'True',
    )
    expect(await render("{{ adapter.get_relation('elsewhere', 's', 't') is none }}")).toBe('True')
    expect(
      await render(`{{ load_relation(${relation('v')}).is_view }} {{ adapter.already_exists('s', 't') }}`),
    ).toBe('True True')
    expect(await render(`{{ get_or_create_relation(none, 's', 'new', 'table') }}`)).toBe('[False, "s"."new"]')
    expect(
      await render("{{ adapter.list_relations(none, 's') | map(attribute='identifier') | list | length }}"),
    ).toBe('4')
    expect(
      await render("{{ 's' in adapter.list_schemas(none) }} {{ adapter.check_schema_exists(none, 'S') }}"),
    ).toBe('True False')
  })

  test('asks for the name of the database where the target does not say it', async () => {
    const name = new URL(created.url).pathname.slice(1)
    const { text, asked } = await renderOn(
      database,
      `{{ adapter.get_relation('${name}', 's', 't').database }}`,
    )
    expect(text).toBe(name)
    expect(asked[0]).toBe('select current_database()')
    expect((await renderOn(database, `{{ adapter.verify_database('${name}') }}`)).text).toBe('')
    await expect(renderOn(database, "{{ adapter.verify_database('elsewhere') }}")).rejects.toThrow(
      'is another than',
    )
  })

  test('tells which columns are missing, and how many rows differ', async () => {
    expect(
      await render(
        `{{ adapter.get_missing_columns(${relation('t')}, ${relation('v')}) | map(attribute='name') | first }}`,
      ),
    ).toBe('b')
    const { text } = await renderOn(
      database,
      `{{ adapter.get_rows_different_sql(${relation('t')}, ${relation('v')}, ['a']) }}`,
    )
    expect((await database.query(text)).rows).toEqual([{ row_count_difference: '0', num_missing: '0' }])
  })

  test('creates, renames, empties and drops', async () => {
    const orders = [
      "{% do adapter.create_schema(api.Relation.create(schema='made')) %}",
      '{% do run_query("create table made.a (id int)") %}',
      "{% set a = adapter.get_relation(none, 'made', 'a') %}",
      "{% do adapter.rename_relation(a, a.incorporate(path={'identifier': 'b'})) %}",
      "{% set b = adapter.get_relation(none, 'made', 'b') %}",
      '{% do truncate_relation(b) %}{% do drop_relation_if_exists(b) %}',
      "{{ b }} {{ adapter.list_relations(none, 'made') | length }}",
      "{% do drop_schema_named('made') %}{{ adapter.check_schema_exists(none, 'made') }}",
    ]
    expect(await render(orders.join(''))).toBe('"made"."b" 0False')
    await expect(renderOn(database, `{% do adapter.drop_relation(${relation('t')}) %}`)).rejects.toThrow(
      'nobody knows whether "s"."t" is a table or a view',
    )
  })

  test('is not led astray by a hostile name', async () => {
    const names = { name: hostile }
    const asked = await renderOn(
      database,
      [
        "{% set r = adapter.get_relation(none, 's', name) %}{{ r.identifier == name }}",
        '{{ adapter.get_columns_in_relation(r) | length }}',
        "{{ adapter.get_columns_in_relation(r.incorporate(path={'schema': none})) | length }}",
        '{{ adapter.check_schema_exists(none, name) }}{{ check_schema_exists(none, name).rows[0][0] }}',
        '{{ adapter.list_relations(none, name) | length }}{{ run_query(get_show_indexes_sql(r)) | length }}',
        '{% do adapter.create_schema(api.Relation.create(schema=name)) %}{% do drop_schema_named(name) %}',
      ].join(' '),
      { names },
    )
    expect(asked.text).toBe('True 1 0 False0 00')
    expect(await render("{{ adapter.check_schema_exists(none, 's') }}")).toBe('True')
  })

  test('runs SQL and keeps what it gave', async () => {
    expect(await render("{{ run_query('select a, e from s.t order by a').columns[1].values() }}")).toBe(
      "('x', 'y')",
    )
    const statement =
      "{% call statement('q', fetch_result=True) %}select a, e from s.t order by a{% endcall %}"
    expect(
      await render(
        `${statement}{% set r = load_result('q') %}{{ r.data }} {{ r['data'][0][1] }} {{ r.response }}`,
      ),
    ).toBe("[(1, 'x'), (2, 'y')] x SELECT 2")
    await expect(
      renderOn(database, `${statement}{{ load_result('q').table | length }}{{ load_result('q') }}`),
    ).rejects.toThrow('has been loaded before')
    expect(
      await render(
        "{% call statement('n') %}select 1{% endcall %}{{ load_result('n').data }} {{ load_result('x') }}",
      ),
    ).toBe('[] None')
    expect(
      await render(
        "{% set response, table = adapter.execute('select 1 as a', fetch=True) %}{{ response.code }} {{ table.rows[0][0] }}",
      ),
    ).toBe('SELECT 1')
    const stored =
      "{% do store_result('k', 'ok', run_query('select 7 as n')) %}{{ load_result('k').table.rows[0].n }}"
    expect(await render(stored)).toBe('7')
    expect(
      (await renderOn(database, "{% do adapter.add_query('COMMIT') %}{% do adapter.commit() %}")).asked,
    ).toEqual([])
  })
})

describe('the adapter while files are read', () => {
  test('asks nothing and gives what dbt gives then', () => {
    const render = (text: string) => renderAlone(text, { execute: false }).text
    expect(
      render("{{ adapter.get_relation('d', 's', 't') }} {{ load_relation(api.Relation.create()) }}"),
    ).toBe('None None')
    expect(render("{{ adapter.get_columns_in_relation('whatever') }} {{ adapter.list_schemas('d') }}")).toBe(
      '[] []',
    )
    expect(
      render("{{ adapter.check_schema_exists('d', 's') }} {{ adapter.get_missing_columns(1, 2) }}"),
    ).toBe('False []')
    expect(
      render(
        "{{ run_query('select 1') }}|{% call statement('q') %}select 1{% endcall %}|{{ load_result('q') }}",
      ),
    ).toBe('None||None')
    expect(render("{% do adapter.drop_relation('x') %}{{ adapter.execute('select 1')[1] | length }}")).toBe(
      '0',
    )
    expect(
      render("{{ get_columns_in_query('select 1') }} {{ adapter.quote('a') }} {{ adapter.type() }}"),
    ).toBe('[] "a" postgres')
  })

  test('lets the signal of an unanswered question through', () => {
    const signal = { signal: true }
    const host = {
      execute: true,
      target: {
        name: '',
        database: '',
        prefix: '',
        defaultSchema: '',
        landingSchema: '',
        extract: false,
        threads: 1,
      },
      ask() {
        throw signal
      },
      dispatch: () => null,
    }
    const names = { adapter: adapterValue(host), stop: hostFunction('stop', () => host.ask()) }
    for (const text of ["{{ adapter.list_schemas('') }}", "{{ try_or_compiler_error('failed', stop) }}"]) {
      let thrown: unknown
      try {
        renderAlone(text, { names })
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBe(signal)
    }
  })

  test('says what is wrong with an argument, and what is not supported', () => {
    expect(() => renderAlone("{{ adapter.get_columns_in_relation('s.t') }}")).toThrow(
      'adapter.get_columns_in_relation() needs its argument "relation" as a relation, not a str',
    )
    expect(() => renderAlone("{{ adapter.get_relation('d', schma='s', identifier='t') }}")).toThrow(
      'takes no argument named "schma"',
    )
    expect(() => renderAlone('{{ adapter.get_incremental_strategy_macro() }}')).toThrow('is not supported')
    expect(() => renderAlone("{{ adapter.add_query('select %s', bindings=[1]) }}")).toThrow(
      'takes no bindings',
    )
  })
})

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
