import { createTestDatabase, describeServers } from '@strata/postgres/testing'
import { expect, test } from 'vitest'
import { checkFiles } from './testing/check-files.ts'

const files = {
  'models/sources.yml': `version: 2
sources:
  - name: shop
    schema: raw
    tables: [{ name: orders }, { name: people }]
`,
  'models/orders.sql': `with source as (select * from {{ source('shop', 'orders') }}),
renamed as (select id as order_id, customer_id, amount from source)
select * from renamed`,
}

describeServers('a check over sources of which nothing is known', (server) => {
  const make = () => createTestDatabase(server)

  test('finds no fault in what is right, and says what it looked at by names alone', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'models/everything.sql':
        "select o.*, upper(name) as name from {{ ref('orders') }} as o join {{ source('shop', 'people') }} as p on p.id = o.customer_id",
      'models/totals.sql':
        "select customer_id, sum(amount) as total from {{ ref('everything') }} group by customer_id",
      'models/whole.sql': "select p from {{ source('shop', 'people') }} as p where ctid is not null",
    })
    expect(checked.told).toEqual([])
    const byNames = checked.unchecked.filter((one) => one.byNames).map(({ node }) => node.name)
    expect(byNames.sort()).toEqual(['everything', 'orders', 'totals', 'whole'])
  })

  test('finds names that no types are needed for', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'models/a.sql': "select o.order_id, o.amuont from {{ ref('orders') }} as o",
      'models/b.sql': "select x.id from {{ source('shop', 'people') }} as p",
      'models/c.sql': "with c as (select id from {{ source('shop', 'people') }}) select idd from c",
      'models/d.sql': "select uper(name) as name from {{ source('shop', 'people') }}",
      'models/e.sql': "with c as (select id from {{ source('shop', 'people') }}) select id from cc",
      'models/f.sql': "select customer_id frm {{ ref('orders') }}, 1 +",
      'models/g.sql': "select amuont from {{ ref('a') }}",
      'models/i.sql': "with c as (select amuont from {{ ref('orders') }}) select amount from c",
      'tests/h.sql': "select nope from {{ ref('orders') }}",
    })
    expect(checked.told).toMatchInlineSnapshot(`
      [
        "models/a.sql:1:22 UNKNOWN_COLUMN there is no column "amuont" in "o" → Did you mean "amount"? | models/g.sql:1:1 public.g stands on it",
        "models/b.sql:1:8 UNKNOWN_ALIAS there is no "x" in FROM → Did you mean "p"?",
        "models/c.sql:1:66 UNKNOWN_COLUMN there is no column "idd" → Did you mean "id"?",
        "models/d.sql:1:8 UNKNOWN_FUNCTION there is no function "uper" → Did you mean "upper"?",
        "models/e.sql:1:74 UNKNOWN_RELATION there is no relation "cc"",
        "models/f.sql:1:27 SYNTAX_ERROR syntax error at or near ""public""",
        "models/i.sql:1:19 UNKNOWN_COLUMN there is no column "amuont" → Did you mean "amount"?",
        "tests/h.sql:1:8 UNKNOWN_COLUMN there is no column "nope"",
      ]
    `)
    expect(checked.left).toContain('g: public.a has errors')
  })

  test('tells of columns that tests and options name and models do not have', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'models/orders.sql': `{{ config(materialized='incremental', unique_key='orderid') }}\n${files['models/orders.sql']}
{% if is_incremental() %}where amount > (select max(amont) from {{ this }}){% endif %}`,
      'models/orders.yml': `version: 2
models:
  - name: orders
    columns:
      - name: order_id
        data_tests: [unique]
      - name: idd
        data_tests: [not_null]
`,
    })
    expect(checked.told).toMatchInlineSnapshot(`
      [
        "models/orders.sql:1:51 UNKNOWN_COLUMN orders has no column "orderid", which its unique_key names → Did you mean "order_id"?",
        "models/orders.sql:5:53 UNKNOWN_COLUMN there is no column "amont" → Did you mean "amount"?",
        "models/orders.yml:7:15 UNKNOWN_COLUMN "orders" has no column "idd", which its properties describe → Its columns are order_id, customer_id, amount.",
        "models/orders.yml:8:22 UNKNOWN_COLUMN public.orders has no column "idd", which the test not_null is about → Its columns are order_id, customer_id, amount.",
      ]
    `)
  })
})
