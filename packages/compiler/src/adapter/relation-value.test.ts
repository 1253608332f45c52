import { describe, expect, test } from 'vitest'
import { print } from '../template/index.ts'
import { referenceOf, relationOfValue, relationValue } from './relation-value.ts'
import { renderAlone } from './testing/render-on.ts'

const location = { file: 'm.sql', line: 1, column: 1 }
const reference = { kind: 'ref', packageName: null, name: 'm', version: null, location } as const

/** With `r` a view of the database `lake`. */
const render = (text: string) =>
  renderAlone(text, {
    names: { r: relationValue({ database: 'lake', schema: 's', name: 'm', type: 'view' }, reference) },
  }).text

describe('a relation', () => {
  test('prints its quoted schema and name, and its database where that is asked for', () => {
    expect(render('{{ r }}')).toBe('"s"."m"')
    expect(render('{{ r.include(database=true) }}')).toBe('"lake"."s"."m"')
    expect(render('{{ r.include(schema=false) }}')).toBe('"m"')
    expect(render("{{ api.Relation.create(database='d', schema='s', identifier='m') }}")).toBe('"d"."s"."m"')
    expect(render("{{ api.Relation.create(schema='s', identifier='m') }}")).toBe('"s"."m"')
    expect(
      render(
        "{{ api.Relation.create(database='d', schema='s', identifier='m', include_policy={'database': false}) }}",
      ),
    ).toBe('"s"."m"')
    expect(render('{{ r.quote(schema=false, identifier=false) }}')).toBe('s.m')
    expect(render('{{ r.without_identifier() }} {{ r.render() }}')).toBe('"s" "s"."m"')
  })

  test('tells its parts and its type', () => {
    expect(
      render('{{ r.database }} {{ r.schema }} {{ r.identifier }} {{ r.name }} {{ r.table }} {{ r.type }}'),
    ).toBe('lake s m m m view')
    expect(render('{{ r.is_view }} {{ r.is_table }} {{ r.is_materialized_view }} {{ r.is_cte }}')).toBe(
      'True False False False',
    )
    expect(
      render("{{ r.get('metadata').get('type', '').endswith('Relation') }} {{ r.get('nope', 3) }}"),
    ).toBe('True 3')
  })

  test('gives others with another path or type', () => {
    expect(render("{{ r.incorporate(path={'identifier': 'n'}) }}")).toBe('"s"."n"')
    expect(render("{{ r.incorporate(path={'schema': none}) }}")).toBe('"m"')
    expect(render("{{ r.incorporate(type='table').is_table }}")).toBe('True')
    expect(render("{{ r.replace_path(schema='t') }} {{ r }}")).toBe('"t"."m" "s"."m"')
    expect(render("{{ r.information_schema('columns') }}")).toBe('information_schema.columns')
  })

  test('equals another of the same name', () => {
    expect(render("{{ r == api.Relation.create(schema='s', identifier='m') }}")).toBe('True')
    expect(
      render(
        "{{ r == api.Relation.create(database='lake', schema='s', identifier='m') }} {{ r == r.include(database=true) }}",
      ),
    ).toBe('True True')
    expect(render("{{ r in [api.Relation.create(schema='s', identifier='n')] }}")).toBe('False')
  })

  test('keeps what it stands for while only its printing changes', () => {
    const value = relationValue({ schema: 's', name: 'm' }, reference)
    expect(referenceOf(value)).toBe(reference)
    expect(relationOfValue(value)).toMatchObject({ schema: 's', identifier: 'm', type: null })
    expect(relationOfValue('"s"."m"')).toBeNull()
  })

  test('of an ephemeral model prints its bare name', () => {
    expect(print(relationValue({ schema: 's', name: '__dbt__cte__m', type: 'cte' }, null))).toBe(
      '__dbt__cte__m',
    )
  })

  test('with a hostile name cannot break out of its quotes', () => {
    const names = { r: relationValue({ schema: 's"; drop table x; --', name: 'a b' }, null) }
    const text = (template: string) => renderAlone(template, { names }).text
    expect(text('{{ r }}')).toBe('"s""; drop table x; --"."a b"')
    expect(text('{{ r.quote(schema=false, identifier=false) }}')).toBe('"s""; drop table x; --"."a b"')
    expect(text("{{ r.information_schema('columns; drop table x') }}")).toBe(
      'information_schema."columns; drop table x"',
    )
    expect(text("{{ adapter.quote('a\"b') }}")).toBe('"a""b"')
    expect(() => renderAlone('{{ adapter.quote(x) }}', { names: { x: 'a\0' } })).toThrow('NUL')
  })
})

describe('a column', () => {
  test('names its type as DDL would', () => {
    const types: [string, string][] = [
      ["'character varying', 20", 'character varying(20)'],
      ["'character varying'", 'character varying'],
      ["'text'", 'text'],
      ["'character', 3", 'character varying(3)'],
      ["'numeric', none, 10, 2", 'numeric(10,2)'],
      ["'numeric'", 'numeric'],
      ["'integer', none, 32, 0", 'integer'],
    ]
    for (const [given, type] of types) expect(render(`{{ api.Column('c', ${given}).data_type }}`)).toBe(type)
  })

  test('knows what kind of values it has', () => {
    expect(
      render("{{ api.Column('c', 'TEXT').is_string() }} {{ api.Column('c', 'bigint').is_number() }}"),
    ).toBe('True True')
    expect(
      render("{{ api.Column('c', 'date').is_numeric() }} {{ api.Column('c', 'real').is_float() }}"),
    ).toBe('False True')
    expect(
      render("{{ api.Column('c', 'text').string_size() }} {{ api.Column('c', 'numeric').literal(3) }}"),
    ).toBe('256 3::numeric')
    expect(() => render("{{ api.Column('c', 'date').string_size() }}")).toThrow('which is date and no text')
    expect(render("{{ api.Column('c', 'varchar', 3).can_expand_to(api.Column('c', 'varchar', 9)) }}")).toBe(
      'True',
    )
  })

  test('equals another of the same description', () => {
    expect(render("{{ api.Column('c', 'text') in [api.Column('c', 'text')] }}")).toBe('True')
    expect(render("{{ api.Column('c', 'text') == api.Column('c', 'date') }}")).toBe('False')
    expect(render("{{ api.Column.from_description('c', 'numeric(3,1)') }}")).toBe(
      "PostgresColumn(column='c', dtype='numeric', char_size=None, numeric_precision=3, numeric_scale=1)",
    )
  })
})
