import { describe, expect, it } from 'vitest'
import { parseProperties } from './parse-properties.ts'

const parse = (text: string) => parseProperties([{ path: 'models/a.yml', text }])

describe('properties files', () => {
  it('hold everything that dbt has in them', () => {
    const { properties, diagnostics } = parse(everything)
    expect(diagnostics).toEqual([])
    const names = Object.fromEntries(
      Object.entries(properties).map(([list, entries]: [string, readonly { value: { name: string } }[]]) => [
        list,
        entries.map(({ value }) => value.name),
      ]),
    )
    expect(names).toEqual({
      models: ['orders'],
      sources: ['shop'],
      seeds: ['countries'],
      snapshots: ['orders_history'],
      analyses: ['margins'],
      macros: ['cents'],
      exposures: ['weekly'],
      groups: ['finance'],
      unitTests: ['sums_up'],
      singularTests: ['no_negative_totals', 'no_orphans'],
      metrics: ['revenue'],
      semanticModels: ['orders'],
    })
    const [orders] = properties.models
    expect(orders!.value.versions!.map(({ v }) => v)).toEqual([1, 'two'])
    expect(orders!.value.deprecation_date).toBe('2030-01-31')
    expect(properties.snapshots[0]!.value.relation).toBe("ref('orders')")
  })

  it('may hold a template where a flag or a number is expected', () => {
    const { properties, diagnostics } = parse(`
models:
  - name: a
    config: { enabled: "{{ var('x') }}", fillfactor: "{{ var('y') }}" }
    columns: [{ name: id, quote: "{{ true }}" }]
`)
    expect(diagnostics).toEqual([])
    expect(properties.models[0]!.value.config!.enabled).toBe("{{ var('x') }}")
  })

  it('warn of configuration that looks misspelt, and allow any other', () => {
    const { properties, diagnostics } = parse(`
models:
  - name: a
    config: { materialised: table, uniqe_key: id, our_own: 1 }
    versions:
      - v: 1
        config: { enable: true }
sources:
  - name: s
    tables:
      - name: t
        config: { event_tme: x }
`)
    expect(properties.models[0]!.value.config).toMatchObject({ our_own: 1, materialised: 'table' })
    expect(
      diagnostics.map(({ code, severity, hint, location }) => [code, severity, hint, location.line]),
    ).toEqual([
      ['UNKNOWN_CONFIG', 'warning', 'Did you mean "materialized"?', 4],
      ['UNKNOWN_CONFIG', 'warning', 'Did you mean "unique_key"?', 4],
      ['UNKNOWN_CONFIG', 'warning', 'Did you mean "enabled"?', 7],
      ['UNKNOWN_CONFIG', 'warning', 'Did you mean "event_time"?', 12],
    ])
  })

  it('tell configuration in the wrong place where it belongs', () => {
    const { diagnostics } = parse('models:\n  - name: a\n    materialized: table\n')
    expect(diagnostics).toMatchObject([
      {
        code: 'UNKNOWN_KEY',
        severity: 'warning',
        hint: expect.stringContaining('config:'),
        location: { line: 3 },
      },
    ])
  })

  it.each([
    ['description: 12', 'expected text, found 12', 'Put the value in quotes.'],
    ['columns: { id: x }', 'expected a list, found a mapping', 'Begin each entry with a dash.'],
    ['access: pubic', 'expected "private", "protected" or "public", found "pubic"', 'Did you mean "public"?'],
    ['config: { enabled: maybe }', 'expected true or false, found "maybe"', undefined],
    ['tags: { a: b }', 'expected text or a list, found a mapping', undefined],
    ['latest_version: 3', 'there is no version 3 among none', undefined],
    ['versions: [{ v: 1 }, { v: "1" }]', 'version 1 stands twice', undefined],
    [
      'versions: [{ v: 1, columns: [{ include: all }, { include: "*" }] }]',
      'at most one include/exclude',
      undefined,
    ],
    ['constraints: [{ type: uniqe }]', 'found "uniqe"', 'Did you mean "unique"?'],
    ['data_tests: [{ accepted_values: null, values: [a] }]', 'arguments indented below it', undefined],
    ['data_tests: unique', 'expected a list, found "unique"', 'Write [unique].'],
  ])('refuse %s', (line, message, hint) => {
    const { properties, diagnostics } = parse(`models:\n  - name: a\n    ${line}\n  - name: b\n`)
    expect(diagnostics).toMatchObject([
      {
        code: 'BAD_VALUE',
        severity: 'error',
        message: expect.stringContaining(message),
        location: { line: 3 },
      },
    ])
    expect(diagnostics[0]!.hint).toBe(hint)
    expect(properties.models.map(({ value }) => value.name)).toEqual(['b'])
  })

  it.each([
    ['exposures:\n  - { name: e, type: dashboard, owner: { slack: x } }', 'an owner has a name or an email'],
    ['exposures:\n  - { name: e, type: chart, owner: { name: x } }', 'found "chart"'],
    ['groups:\n  - name: g', 'groups[0].owner is missing'],
    [
      'unit_tests:\n  - { name: u, model: m, given: [] }',
      'expect is missing: the rows that the model yields',
    ],
    [
      'unit_tests:\n  - { name: u, model: m, expect: { rows: [] }, versions: { include: [1], exclude: [2] } }',
      'include and exclude exclude each other',
    ],
    [
      'sources:\n  - { name: s, tables: [{ name: t, loaded_at_field: a, loaded_at_query: b }] }',
      'loaded_at_field and loaded_at_query exclude each other',
    ],
    [
      'sources:\n  - { name: s, freshness: { warn_after: { count: 1, period: fortnight } } }',
      'expected "minute", "hour" or "day", found "fortnight"',
    ],
  ])('refuse %j', (text, message) => {
    const { diagnostics } = parse(text)
    expect(diagnostics).toMatchObject([{ severity: 'error', message: expect.stringContaining(message) }])
  })

  it('warn once of a custom key that stands all over a file', () => {
    const { diagnostics } = parse(
      'models:\n  - name: a\n    grain: x\n    columns: [{ name: b, grain: y }, { name: c, grain: z, typo_meta: 1 }]\n',
    )
    expect(diagnostics.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^unknown key "grain" in .*, and at 2 more of the file$/),
      expect.stringContaining('"typo_meta"'),
    ])
  })

  it('find a wrong value behind an unknown key', () => {
    const { diagnostics } = parse(
      'models:\n  - name: a\n    columns:\n      - name: id\n        typ: x\n        quote: 1\n',
    )
    expect(diagnostics.map(({ code, location }) => [code, location.line])).toEqual([
      ['UNKNOWN_KEY', 5],
      ['BAD_VALUE', 6],
    ])
  })

  it('warn of an unknown block, and read the others', () => {
    const { properties, diagnostics } = parse('model:\n  - name: a\nmodels:\n  - name: b\n')
    expect(properties.models).toHaveLength(1)
    expect(diagnostics).toMatchObject([{ code: 'UNKNOWN_KEY', hint: expect.stringContaining('"models"') }])
  })
})

const everything = `
version: 2
anchors:
  - &audited { name: loaded_at, data_type: timestamptz }

models:
  - name: orders
    description: "{{ doc('orders') }}"
    latest_version: two
    deprecation_date: 2030-01-31
    access: protected
    group: finance
    docs: { show: true, node_color: gold }
    meta: { owner: me }
    tags: nightly
    constraints:
      - { type: primary_key, columns: [id] }
      - { type: foreign_key, columns: [customer_id], to: ref('customers'), to_columns: [id] }
    config:
      materialized: incremental
      unique_key: [id, day]
      contract: { enforced: true }
      grants: { select: [reader], +insert: writer }
      pre-hook: ["select 1", { sql: vacuum x, transaction: false }]
      indexes: [{ columns: [id], unique: true }]
      persist_docs: { relation: true, columns: true }
      freshness: { build_after: { count: 4, period: hour } }
      watermark: xmin
    time_spine: { standard_granularity_column: day, custom_granularities: [{ name: week }] }
    columns:
      - *audited
      - name: id
        description: key
        data_type: bigint
        quote: true
        granularity: day
        constraints: [{ type: not_null }, { type: check, expression: id > 0 }]
        tests: [unique]
        data_tests:
          - not_null: { config: { severity: warn } }
          - { test_name: relationships, name: r, arguments: { to: ref('x'), field: id }, config: { where: a > 1 } }
          - dbt_utils.accepted_range: { min_value: 0 }
        config: { meta: { phi: true }, tags: [pii] }
    data_tests:
      - dbt_utils.unique_combination_of_columns: { combination_of_columns: [a, b] }
    versions:
      - v: 1
        defined_in: orders_first
        columns: [{ include: all, exclude: [id] }, { name: old }]
        config: { alias: orders_old }
      - { v: two, description: now }

sources:
  - name: shop
    database: "{{ target.database }}"
    schema: raw
    loader: airbyte
    loaded_at_field: _loaded
    quoting: { identifier: true }
    freshness: { warn_after: { count: 12, period: hour }, error_after: {}, filter: x > 1 }
    overrides: shop_package
    config: { enabled: true }
    tags: [daily]
    tables:
      - name: orders
        identifier: ORDERS
        freshness: null
        loaded_at_query: select max(x) from y
        external: { location: "s3://x", partitions: [{ name: d, data_type: date }] }
        columns: [{ name: id, tests: [unique] }]

seeds:
  - { name: countries, config: { column_types: { code: char(2) }, delimiter: ";", quote_columns: false } }

snapshots:
  - name: orders_history
    relation: ref('orders')
    config:
      strategy: check
      check_cols: all
      unique_key: id
      hard_deletes: new_record
      snapshot_meta_column_names: { dbt_valid_from: since }

analyses:
  - { name: margins, columns: [{ name: margin }], config: { enabled: true } }

macros:
  - name: cents
    arguments: [{ name: column, type: string, description: amount }]

exposures:
  - name: weekly
    type: dashboard
    label: Weekly
    url: https://example.org
    maturity: high
    owner: { email: [me@example.org], slack: x }
    depends_on: ["ref('orders')", "source('shop', 'orders')"]

groups:
  - { name: finance, owner: { name: Finance }, description: money, config: { meta: { a: 1 } } }

unit_tests:
  - name: sums_up
    model: orders
    given:
      - input: ref('x')
        rows: [{ id: 1, day: 2024-01-01 }, { id: 2 }]
      - { input: this, format: csv, fixture: f }
    expect: { format: sql, rows: select 1 as id }
    overrides: { macros: { is_incremental: true }, vars: { a: 1 }, env_vars: { B: c } }
    versions: { include: [1] }

data_tests:
  - { name: no_negative_totals, description: d, config: { severity: WARN, error_if: ">10" } }
tests:
  - { name: no_orphans, meta: { a: b } }

metrics:
  - { name: revenue, label: Revenue, type: simple, type_params: { measure: total } }
semantic_models:
  - { name: orders, model: ref('orders') }
saved_queries:
  - { name: q, query_params: {} }
functions:
  - { name: f, returns: { data_type: int } }
`
