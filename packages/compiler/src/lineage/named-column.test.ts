import { beforeAll, expect, test } from 'vitest'
import { loadSqlParser } from '../sql/parse-sql.ts'
import { compileFiles, sourcesOf, testTarget } from '../testing/compile-files.ts'
import { columnPlace, locateInOwnFile } from './column-place.ts'
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
  'macros/two.sql': '{% macro two() %}1 as c, 2 as d{% endmacro %}',
  'models/odd.sql': `{% set left = 'joined' %}
select o.id as a, 2 b, {{ two() }}, o.status from {{ ref('orders') }} as o
left join {{ ref('everything') }} as {{ left }} on o.status = joined.status and o.id = joined.id`,
  'models/everything.sql': 'select * from {{ ref("orders") }}',
}
const { graph, model, places } = compileFiles(files, { target: { ...testTarget, prefix: 'dev_' } })

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

test('a column is where its expression stands in the template, or the star, or the call of the macro that writes it', () => {
  const lineage = graphLineage(graph, [sourcesOf(files)])
  const locate = locateInOwnFile(graph, places)
  const placeOf = (name: string, of: string) => {
    const { file, line, column } = columnPlace(lineage, locate, model(of), name)
    return `${file}:${line}:${column}`
  }
  expect(['id', 'status', 'Full Name', 'either', 'nothing'].map((name) => placeOf(name, 'orders'))).toEqual([
    'models/orders.sql:3:5',
    'models/orders.sql:4:5',
    'models/orders.sql:5:5',
    'models/orders.sql:6:5',
    'models/orders.sql:1:1',
  ])
  expect(placeOf('status', 'everything')).toBe('models/everything.sql:1:8')
  expect(['a', 'b', 'c', 'd', 'status'].map((name) => placeOf(name, 'odd'))).toEqual([
    'models/odd.sql:2:8',
    'models/odd.sql:2:19',
    'models/odd.sql:2:27',
    'models/odd.sql:2:27',
    'models/odd.sql:2:37',
  ])
})

function find(text: string) {
  const sources = sourcesOf(files)
  return findNamedColumn(graphLineage(graph, [sources]), text, 'dev_')
}
