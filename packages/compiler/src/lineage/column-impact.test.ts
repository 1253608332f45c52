import { beforeAll, expect, test } from 'vitest'
import { loadSqlParser } from '../sql/parse-sql.ts'
import { compileFiles, type Files, sourcesOf } from '../testing/compile-files.ts'
import { type ColumnImpact, columnImpact } from './column-impact.ts'
import { graphLineage } from './graph-lineage.ts'

beforeAll(loadSqlParser)

const shop: Files = {
  'models/shop.yml': `
sources:
  - name: api
    schema: bronze
    tables: [{ name: orders, columns: [{ name: id, data_type: int }, { name: data, data_type: jsonb }] }]
models:
  - name: orders
    config:
      contract: { enforced: true }
      unique_key: id
      indexes: [{ columns: [status, at] }, { columns: [at], where: status = 'open' }, { columns: [id] }]
      policies: [{ name: own, using: status <> 'hidden' }, { name: other, using: substatus = 1 }]
    columns:
      - { name: id, data_type: text, constraints: [{ type: not_null }] }
      - name: status
        data_type: text
        constraints: [{ type: check, expression: status <> '' }]
        data_tests: [not_null]
      - { name: at, data_type: text }
  - name: open_orders
    columns: [{ name: state, data_tests: [not_null] }]
unit_tests:
  - name: counts
    model: open_orders
    given: [{ input: ref('orders'), rows: [{ id: a, status: open }] }]
    expect: { rows: [{ state: OPEN }] }
exposures:
  - { name: board, type: dashboard, owner: { name: ada }, depends_on: [ref('totals')] }
  - { name: elsewhere, type: dashboard, owner: { name: ada }, depends_on: [ref('ids')] }
`,
  'models/orders.sql': `{{ config(materialized='incremental') }}
    select data->>'id' as id, data->'state'->>'name' as status, data->>'at' as at from {{ source('api', 'orders') }}`,
  'models/ids.sql': 'select id from {{ ref("orders") }}',
  'models/open_orders.sql': `select id, upper(status) as state, case when status = 'open' then at end as opened_at,
      row_number() over (order by status) as place from {{ ref('orders') }}`,
  'models/totals.sql':
    'select state, count(*) as n from {{ ref("open_orders") }} where opened_at is not null group by state',
  'models/read_totals.sql': 'select n from {{ ref("totals") }}',
  'tests/no_odd_status.sql': "select id from {{ ref('orders') }} where status = 'odd'",
  'tests/any.sql': "select * from {{ ref('orders') }} where at is null",
}

test('all that names a column breaks without it', () => {
  const { mentions } = impactOf('model.shop.orders', 'status')
  const named = mentions.map(({ node, as, detail }) => `${nameOf(node)} ${as} ${detail}`)
  expect(named.sort()).toEqual([
    'no_odd_status data_test no_odd_status',
    'not_null_orders_status data_test not_null',
    'open_orders sql state, opened_at, place',
    "open_orders.counts unit_test given ref('orders')",
    'orders constraint check orders__strata_ck_a669459a71',
    'orders contract text',
    'orders index at',
    'orders index status, at',
    'orders policy own',
  ])
})

test('values, and what decides on them, are followed all the way; rows as well', () => {
  const { columns, rows, exposures, tests } = impactOf('model.shop.orders', 'status')
  expect(columns.map(({ node, column, kinds, distance }) => [node, column, kinds, distance])).toEqual([
    ['model.shop.open_orders', 'state', ['direct'], 1],
    ['model.shop.open_orders', 'opened_at', ['condition'], 1],
    ['model.shop.open_orders', 'place', ['window'], 1],
    ['model.shop.totals', 'state', ['direct'], 2],
  ])
  expect(
    rows.map(({ node, kinds, distance, from }) => [node, kinds, distance, from.map(({ column }) => column)]),
  ).toEqual([
    ['model.shop.totals', ['filter', 'group'], 2, ['opened_at', 'state']],
    ['model.shop.read_totals', [], 3, [null]],
  ])
  expect(exposures).toEqual([{ node: 'exposure.shop.board', through: ['model.shop.totals'] }])
  expect(tests.map(({ columns: looked }) => looked)).toEqual([
    [{ node: 'model.shop.open_orders', column: 'state' }],
  ])
})

test('a member of a JSON column concerns those who read it, what is above it or below it', () => {
  const changed = (path: readonly string[]) =>
    impactOf('source.shop.api.orders', 'data', path)
      .columns.filter(({ node }) => node === 'model.shop.orders')
      .map(({ column }) => column)
  expect(changed([])).toEqual(['id', 'status', 'at'])
  expect(changed(['state'])).toEqual(['status'])
  expect(changed(['state', 'name'])).toEqual(['status'])
  expect(changed(['state', 'code'])).toEqual([])
  expect(changed(['at'])).toEqual(['at'])
})

test('what passes a column on with all others does not break; what names it there does', () => {
  const { graph } = compileFiles({
    'models/wide.sql': "{{ config(schema='w') }}select 1 as c1, 2 as c2",
    'models/wide2.sql': 'select * from {{ ref("wide") }}',
    'models/wide2.yml': 'models: [{ name: wide2, columns: [{ name: c1, data_tests: [not_null] }] }]',
    'models/wide3.sql': 'select a.c1 + a.c2 as total from {{ ref("wide2") }} as a',
    'models/wide4.sql': 'with part as (select c1, c2 from {{ ref("wide2") }}) select c2 from part',
    'models/wide5.sql': 'select c2 from {{ ref("wide2") }}',
    'models/wide6.sql': 'select total from {{ ref("wide3") }}',
  })
  const locate = (node: string, offset: number) => ({ file: node, line: 1, column: offset + 1 })
  const { mentions } = columnImpact(
    graphLineage(graph, []),
    { node: 'model.shop.wide', column: 'c1', path: [] },
    locate,
  )
  expect(mentions.map((one) => `${nameOf(one.node)} ${one.as} ${one.detail} ${one.location.column}`)).toEqual(
    [
      'wide3 sql total 10',
      'wide4 sql a part that no column comes from 22',
      'not_null_wide2_c1 data_test not_null 60',
    ],
  )
})

test('a member of a JSON column is named by those who take it out, also of a column that passes it on', () => {
  const { graph } = compileFiles({
    'models/s.yml':
      'sources: [{ name: api, tables: [{ name: o, columns: [{ name: id }, { name: data }] }] }]',
    'models/all.sql': "select * from {{ source('api', 'o') }}",
    'models/site.sql': `select id, data->'site' as site from {{ ref('all') }}`,
    'models/name.sql': `select id, site->>'name' as name from {{ ref('site') }}`,
    'models/upper.sql': `select id, upper(name) as name from {{ ref('name') }}`,
    'models/other.sql': `select data->>'state' as state from {{ ref('all') }}`,
  })
  const locate = (node: string, offset: number) => ({ file: node, line: 1, column: offset + 1 })
  const target = { node: 'source.shop.api.o', column: 'data', path: ['site', 'name'] } as const
  const { mentions } = columnImpact(graphLineage(graph, []), target, locate)
  expect(
    mentions.map((one) => `${nameOf(one.node)} ${one.as} ${one.detail} ${one.location.column}`).sort(),
  ).toEqual(['name sql name 12', 'site sql site 12'])
})

test('a column that nobody uses concerns nobody', () => {
  const { mentions, columns, rows, exposures } = impactOf('model.shop.read_totals', 'n')
  expect([mentions, columns, rows, exposures]).toEqual([[], [], [], []])
})

/** Without the hash of a test's id. */
function nameOf(id: string): string {
  return id
    .split('.')
    .slice(2)
    .join('.')
    .replace(/\.[0-9a-f]{10}$/, '')
}

function impactOf(node: string, column: string, path: readonly string[] = []): ColumnImpact {
  const { graph, diagnostics } = compileFiles(shop)
  expect(diagnostics).toEqual([])
  const sources = sourcesOf(shop)
  return columnImpact(graphLineage(graph, [sources, ...sources.packages]), { node, column, path })
}
