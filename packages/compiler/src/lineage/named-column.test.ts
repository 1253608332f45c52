import { beforeAll, expect, test } from 'vitest'
import { loadSqlParser } from '../sql/parse-sql.ts'
import { compileFiles, sourcesOf, testTarget } from '../testing/compile-files.ts'
import { columnPlace } from './column-place.ts'
import { graphLineage } from './graph-lineage.ts'
import { findNamedColumn } from './named-column.ts'

beforeAll(loadSqlParser)

const files = {
  'models/shop.yml': `
sources: [{ name: api, schema: bronze, tables: [{ name: orders, columns: [{ name: id }, { name: data }] }] }]
`,
  'models/orders.sql': `{{ config(schema='silver') }}
select
    id, -- the number
    data->>'state' as status,
    data->>'Name' as "Full Name",
    coalesce(data->>'a',
      data->>'b'
    ) as either
from {{ source('api', 'orders') }}
where data->>'state' is not null and undeclared > 1`,
  'models/everything.sql': 'select * from {{ ref("orders") }}',
}
const { graph, model } = compileFiles(files, { target: { ...testTarget, prefix: 'dev_' } })

test.each([
  ['orders.status', 'model.shop.orders', 'status'],
  ['silver.orders.status', 'model.shop.orders', 'status'],
  ['dev_silver.orders.status', 'model.shop.orders', 'status'],
  ['model.shop.orders.STATUS', 'model.shop.orders', 'status'],
  ['orders."Full Name"', 'model.shop.orders', 'Full Name'],
  ['orders', 'model.shop.orders', null],
  ['shop.orders', 'model.shop.orders', null],
  ['everything.either', 'model.shop.everything', 'either'],
  ['api.orders', 'source.shop.api.orders', null],
  ['bronze.orders.id', 'source.shop.api.orders', 'id'],
  ['api.orders.undeclared', 'source.shop.api.orders', 'undeclared'],
])('%s names %s, and its column %s', (text, id, column) => {
  expect(find(text)).toMatchObject({ node: { id }, column, path: [] })
})

test('a path into JSON is written as in SQL, with or without quotes', () => {
  const path = ['site', 'id']
  expect(find("api.orders.data->'site'->>'id'")).toMatchObject({ column: 'data', path })
  expect(find('api.orders.data->site->id')).toMatchObject({ column: 'data', path })
})

test.each([
  ['order.status', 'UNKNOWN_NODE', 'Did you mean "orders" or "api.orders"?'],
  ['silver.ordres', 'UNKNOWN_NODE', 'Did you mean "silver.orders"?'],
  ['orders.staus', 'UNKNOWN_COLUMN', 'Did you mean "status"?'],
  ['orders.zzzzzz', 'UNKNOWN_COLUMN', 'It has id, status, Full Name, either.'],
])('%s is %s: %s', (text, code, hint) => {
  expect(() => find(text)).toThrow(expect.objectContaining({ code, hint }))
})

test('a column is where its line of the template ends with it', () => {
  const node = model('orders')
  const places = ['id', 'status', 'Full Name', 'either', 'nothing'].map((name) => {
    const { line, column } = columnPlace(node, name)
    return [line, column]
  })
  expect(places).toEqual([
    [3, 5],
    [4, 23],
    [5, 23],
    [8, 10],
    [1, 1],
  ])
})

function find(text: string) {
  const sources = sourcesOf(files)
  return findNamedColumn(graphLineage(graph, [sources]), text, 'dev_')
}
