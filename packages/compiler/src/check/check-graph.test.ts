import { createTestDatabase, describeServers } from '@strata/postgres/testing'
import { describe, expect, test } from 'vitest'
import { checkFiles } from './testing/check-files.ts'

const source = `version: 2
sources:
  - name: shop
    schema: raw
    tables:
      - name: orders
        columns:
          - { name: id, data_type: integer }
          - { name: customer_id, data_type: integer }
          - { name: amount, data_type: "numeric(10,2)" }
          - { name: placed_at, data_type: timestamptz }
`

const files = {
  'models/sources.yml': source,
  'models/orders.sql': "select id, customer_id, amount from {{ source('shop', 'orders') }}",
  'models/totals.sql':
    "{{ config(materialized='table') }}\nselect customer_id, sum(amount) as total, count(*) as orders\nfrom {{ ref('orders') }}\ngroup by customer_id",
}

describeServers('a check', (server) => {
  const make = () => createTestDatabase(server)

  test('finds no fault in what is right, and the types of all columns', async () => {
    const checked = await checkFiles(make, files)
    expect(checked.told).toEqual([])
    expect(checked.left).toEqual([])
    expect(checked.columns('totals')).toBe('customer_id integer, total numeric, orders bigint')
    expect(checked.columns('shop.orders')).toBe(
      'id integer, customer_id integer, amount numeric(10,2), placed_at timestamp with time zone',
    )
  })

  test('tells of a column that was renamed upstream in each of its readers', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'models/orders.sql': "select id, customer_id as client_id, amount from {{ source('shop', 'orders') }}",
      'models/a.sql': "select o.customer_id from {{ ref('orders') }} as o",
      'models/b.sql': "select id from {{ ref('orders') }}\nwhere customer_id > 3",
    })
    expect(checked.told).toMatchInlineSnapshot(`
      [
        "models/a.sql:1:10 UNKNOWN_COLUMN column o.customer_id does not exist",
        "models/b.sql:2:7 UNKNOWN_COLUMN column "customer_id" does not exist",
        "models/totals.sql:2:8 UNKNOWN_COLUMN column "customer_id" does not exist",
      ]
    `)
    expect(checked.counts.broken).toBe(3)
  })

  test('finds every unknown name of a broken model', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'models/totals.sql': `select ord.customer_id, coalesc(o.amont, 0) as amount, no_such(id)
from {{ ref('orders') }} as o
where o.idd is not null`,
    })
    expect(checked.told).toMatchInlineSnapshot(`
      [
        "models/totals.sql:1:8 UNKNOWN_ALIAS missing FROM-clause entry for table "ord"",
        "models/totals.sql:1:25 UNKNOWN_FUNCTION there is no function "coalesc" → Did you mean "coalesce"?",
        "models/totals.sql:1:35 UNKNOWN_COLUMN there is no column "amont" in "o" → Did you mean "amount"?",
        "models/totals.sql:1:56 UNKNOWN_FUNCTION there is no function "no_such"",
        "models/totals.sql:3:9 UNKNOWN_COLUMN there is no column "idd" in "o" → Did you mean "id"?",
      ]
    `)
  })

  test('tells of types that do not fit', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'models/both.sql': `select id, amount from {{ ref('orders') }}
union all
select id, true from {{ ref('orders') }}`,
      'models/sums.sql': "select amount + true as x from {{ ref('orders') }}",
    })
    expect(checked.told).toMatchInlineSnapshot(`
      [
        "models/both.sql:3:12 TYPE_MISMATCH UNION types numeric and boolean cannot be matched",
        "models/sums.sql:1:15 TYPE_MISMATCH operator does not exist: numeric + boolean → No operator matches the given name and argument types. You might need to add explicit type casts.",
      ]
    `)
  })

  test('tells of a syntax error in every node that has one', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'models/a.sql': 'selec 1',
      'models/b.sql': 'select 1 as x;\nselect 2',
      'models/c.sql': 'delete from raw.orders',
      'tests/d.sql': "select *\nfrm {{ ref('orders') }}",
    })
    expect(checked.told).toMatchInlineSnapshot(`
      [
        "models/a.sql:1:1 SYNTAX_ERROR syntax error at or near "selec"",
        "models/b.sql:2:1 SYNTAX_ERROR there is more than one statement → A model is one SELECT; what has to happen besides is a hook.",
        "models/c.sql:1:1 SYNTAX_ERROR this is not a SELECT → A model is one SELECT; what has to happen besides is a hook.",
        "tests/d.sql:2:1 SYNTAX_ERROR syntax error at or near "frm"",
      ]
    `)
  })

  test('does not check the children of a broken model, but for what it declares', async () => {
    const broken = {
      ...files,
      'models/orders.sql': "select idd, customer_id, amount from {{ source('shop', 'orders') }}",
      'models/last.sql': "select total from {{ ref('totals') }}",
    }
    const checked = await checkFiles(make, broken)
    expect(checked.told.map((line) => line.split(' ')[0])).toEqual(['models/orders.sql:1:8'])
    expect(checked.left).toEqual(['totals: public.orders has errors', 'last: public.orders has errors'])

    const declared = await checkFiles(make, {
      ...broken,
      'models/orders.yml': `version: 2
models:
  - name: orders
    columns:
      - { name: customer_id, data_type: integer }
      - { name: amount, data_type: numeric }
`,
      'models/more.sql': "select id from {{ ref('orders') }}",
      'models/wrong.sql': "select sum(customer_id || amount) as x from {{ ref('orders') }}",
    })
    expect(declared.told.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'models/orders.sql:1:8 UNKNOWN_COLUMN',
      'models/wrong.sql:1:24 TYPE_MISMATCH',
    ])
    expect(declared.left).toEqual(['more: public.orders has errors'])
    expect(declared.columns('totals')).toBe('customer_id integer, total numeric, orders bigint')
  })

  test('compares a contract with what is yielded, and lets children read what it declares', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'models/totals.yml': `version: 2
models:
  - name: totals
    config: { contract: { enforced: true } }
    columns:
      - { name: customer_id, data_type: text }
      - { name: total, data_type: "numeric(12,2)" }
      - { name: order_count, data_type: bigint }
`,
      'models/last.sql': "select order_count, total from {{ ref('totals') }}",
    })
    expect(checked.told).toMatchInlineSnapshot(`
      [
        "models/totals.yml:6:7 CONTRACT_VIOLATED totals yields orders (bigint), which its contract does not declare → Declare it with data_type: bigint, or leave it out.",
        "models/totals.yml:6:9 CONTRACT_VIOLATED the contract of totals declares customer_id as text, and its SELECT yields integer → Cast it, customer_id::text, or declare data_type: integer. | models/last.sql:1:1 public.last stands on it",
        "models/totals.yml:8:9 CONTRACT_VIOLATED the contract of totals declares order_count, which its SELECT does not yield → Yield it, or take it out of the contract.",
      ]
    `)
    expect(checked.columns('last')).toBe('order_count bigint, total numeric(12,2)')
  })

  test('finds a mistake that only the increment has', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'models/orders.sql': `{{ config(materialized='incremental', unique_key='id') }}
select id, customer_id, amount, placed_at from {{ source('shop', 'orders') }}
{% if is_incremental() %}
where placed_at > (select max(placedat) from {{ this }})
{% endif %}`,
    })
    expect(checked.told).toMatchInlineSnapshot(`
      [
        "models/orders.sql:4:31 UNKNOWN_COLUMN column "placedat" does not exist → Did you mean "placed_at"? | models/totals.sql:1:1 public.totals stands on it",
      ]
    `)
    expect(checked.left).toEqual([])
  })

  test('leads to the macro that made a mistake', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'macros/cents.sql': '{% macro cents(column) %}\n  round({{ column }} * 100, nowhere)\n{% endmacro %}',
      'models/orders.sql':
        "select id, customer_id, {{ cents('amount') }} as amount from {{ source('shop', 'orders') }}",
    })
    expect(checked.told).toMatchInlineSnapshot(`
      [
        "macros/cents.sql:2:29 UNKNOWN_COLUMN column "nowhere" does not exist | models/orders.sql:1:28 in macro "cents", called here | models/totals.sql:1:1 public.totals stands on it",
      ]
    `)
  })

  test('points at the character behind emoji and CRLF', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'models/orders.sql':
        "-- 🎈 first\r\nselect '🎈🎈' as a,\r\n  '🎈' as b, idd, id, customer_id, amount from {{ source('shop', 'orders') }}",
    })
    expect(checked.told).toMatchInlineSnapshot(`
      [
        "models/orders.sql:3:13 UNKNOWN_COLUMN column "idd" does not exist → Did you mean "id"? | models/totals.sql:1:1 public.totals stands on it",
      ]
    `)
  })

  test('tells of columns that tests and options name and models do not have', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'models/orders.sql': `{{ config(materialized='incremental', unique_key='order_id', indexes=[{'columns': ['amoun']}]) }}
select id, customer_id, amount from {{ source('shop', 'orders') }}`,
      'models/orders.yml': `version: 2
models:
  - name: orders
    columns:
      - name: idd
        data_tests: [unique]
      - name: id
        data_tests: [not_null]
`,
    })
    expect(checked.told).toMatchInlineSnapshot(`
      [
        "models/orders.sql:1:51 UNKNOWN_COLUMN orders has no column "order_id", which its unique_key names → Its columns are id, customer_id, amount.",
        "models/orders.sql:1:85 UNKNOWN_COLUMN orders has no column "amoun", which its indexes names → Did you mean "amount"?",
        "models/orders.yml:5:15 UNKNOWN_COLUMN "orders" has no column "idd", which its properties describe → Did you mean "id"?",
        "models/orders.yml:6:22 UNKNOWN_COLUMN public.orders has no column "idd", which the test unique is about → Did you mean "id"?",
      ]
    `)
  })

  test('checks snapshots, analyses, singular tests and ephemeral models', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'models/brief.sql': "{{ config(materialized='ephemeral') }}\nselect id, amont from {{ ref('orders') }}",
      'models/reader.sql': "select id from {{ ref('brief') }}",
      'snapshots/history.sql':
        "{% snapshot history %}{{ config(unique_key='id', strategy='timestamp', updated_at='placed_at') }}\nselect * from {{ source('shop', 'orders') }}{% endsnapshot %}",
      'models/versions.sql': "select id, dbt_valid_to, dbt_scd_id from {{ ref('history') }}",
      'analyses/look.sql': "select nothing from {{ ref('orders') }}",
      'tests/positive.sql': "select * from {{ ref('orders') }} where amunt < 0",
    })
    expect(checked.told.map((line) => line.split(' | ')[0])).toMatchInlineSnapshot(`
      [
        "analyses/look.sql:1:8 UNKNOWN_COLUMN column "nothing" does not exist",
        "models/brief.sql:2:12 UNKNOWN_COLUMN column "amont" does not exist → Did you mean "amount"?",
        "tests/positive.sql:1:41 UNKNOWN_COLUMN column "amunt" does not exist → Did you mean "amount"?",
      ]
    `)
    expect(checked.left).toEqual(['reader: brief has errors'])
    expect(checked.columns('versions')).toBe(
      'id integer, dbt_valid_to timestamp with time zone, dbt_scd_id text',
    )
  })

  test('renders what asks the catalog, and leaves what is made of rows', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'models/stars.sql': `select {% for column in adapter.get_columns_in_relation(ref('orders')) %}{{ column.name }} as c_{{ column.name }}{{ ', ' if not loop.last }}{% endfor %}
from {{ ref('orders') }}`,
      'models/pivot.sql': `{% set found = run_query('select distinct customer_id from ' ~ ref('orders')) %}
select {% if execute %}{% for row in found %}sum(amount) as c{{ row[0] }}, {% endfor %}{% endif %} 1 as one from {{ ref('orders') }}`,
      'models/after.sql': "select c7 from {{ ref('pivot') }}",
    })
    expect(checked.told).toEqual([])
    expect(checked.columns('stars')).toBe('c_id integer, c_customer_id integer, c_amount numeric(10,2)')
    expect(checked.left).toEqual([
      'pivot: its SQL is made of rows that are read',
      'after: public.pivot: its SQL is made of rows that are read',
    ])
  })

  test('takes relations that are written with the name of the database', async () => {
    const checked = await checkFiles(make, {
      'dbt_project.yml': 'name: shop\nversion: "1.0"\n',
      ...files,
      'models/star.sql':
        "select o.*, 'strata' as database from {{ ref('orders') }} as o join {{ ref('totals') }} as t on t.customer_id = o.customer_idd",
    })
    expect(checked.told.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'models/star.sql:1:115 UNKNOWN_COLUMN',
    ])
    expect(checked.columns('totals')).toBe('customer_id integer, total numeric, orders bigint')
  })

  test('is told of sources without columns once, and takes what the target has', async () => {
    const bare = {
      'models/sources.yml': source.replace(/ {8}columns:[\s\S]*/, ''),
      'models/orders.sql': files['models/orders.sql'],
      'models/totals.sql': files['models/totals.sql'],
    }
    const unknown = await checkFiles(make, bare)
    expect(unknown.told).toEqual([])
    expect(unknown.unknownSources.map(({ node }) => node.name)).toEqual(['shop.orders'])
    expect(unknown.left).toEqual([
      'orders: shop.orders: nothing is known of its columns',
      'totals: shop.orders: nothing is known of its columns',
    ])

    const target = await createTestDatabase(server)
    try {
      await target.database.query({
        text: `create schema raw; create table raw.orders (id int, customer_id int, amount money);
create function public.twice(x int) returns int language sql as 'select x * 2'; create table public.extra (a int)`,
        script: true,
      })
      const known = await checkFiles(
        make,
        {
          ...bare,
          'models/twice.sql': "select twice(id) as x from {{ ref('orders') }}",
          'models/extra.sql': 'select a from public.extra',
          'models/absent.sql': 'select a from public.absent',
        },
        { target: target.database },
      )
      expect(known.columns('orders')).toBe('id integer, customer_id integer, amount money')
      expect(known.left).toEqual([
        "extra: it uses the relation public.extra, which the target's database alone has",
        "twice: it uses the function twice, which the target's database alone has",
      ])
      expect(known.told.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
        'models/absent.sql:1:15 UNKNOWN_RELATION',
      ])
    } finally {
      await target.drop()
    }
  })

  test('finds the one broken model of 200', async () => {
    const many: Record<string, string> = { 'models/m_0.sql': 'select 1 as id, 2 as amount' }
    for (let index = 1; index < 200; index++)
      many[`models/m_${index}.sql`] =
        `select id, amount + ${index} as amount from {{ ref('m_${Math.floor((index - 1) / 3)}') }}`
    many['models/m_170.sql'] = "select id, amount ++ as amount, 'x' as y from {{ ref('m_3') }}"
    many['models/m_40.sql'] = "select id, amountt as amount from {{ ref('m_3') }}"
    const checked = await checkFiles(make, many)
    expect(checked.told).toMatchInlineSnapshot(`
      [
        "models/m_170.sql:1:22 SYNTAX_ERROR syntax error at or near "as"",
        "models/m_40.sql:1:12 UNKNOWN_COLUMN column "amountt" does not exist → Did you mean "amount"? | models/m_121.sql:1:1 public.m_121, public.m_122 and public.m_123 stand on it",
      ]
    `)
    expect(checked.left).toHaveLength(3)
  })

  test('says nothing of system columns, for views stand where tables will', async () => {
    const checked = await checkFiles(make, {
      ...files,
      'models/physical.sql': "select t.ctid::text as place from {{ ref('totals') }} as t",
    })
    expect(checked.told).toEqual([])
    expect(checked.left).toEqual(['physical: it reads a system column, which tables alone have'])
  })

  test('looks at tests of a deep graph without going down all of it', async () => {
    const deep: Record<string, string> = { 'models/d_0.sql': 'select 1 as id' }
    for (let index = 1; index < 60; index++)
      deep[`models/d_${index}.sql`] =
        `select a.id from {{ ref('d_${index - 1}') }} as a join {{ ref('d_${index >> 1}') }} as b on a.id = b.id`
    deep['tests/last.sql'] = "select a.id, b.id from {{ ref('d_59') }} as a, {{ ref('d_58') }} as b"
    const checked = await checkFiles(make, deep)
    expect(checked.told).toEqual([])
  })

  describe('the next time', () => {
    test('opens nothing where nothing was edited', async () => {
      const { keep } = await checkFiles(make, files)
      const again = await checkFiles(make, files, { kept: keep() })
      expect(again.opened).toBe(false)
      expect(again.keep()).toBeNull()
      expect(again.columns('totals')).toBe('customer_id integer, total numeric, orders bigint')
    })

    test('asks about what was edited, and about children where its columns are others', async () => {
      const { keep } = await checkFiles(make, files)
      const edited = {
        ...files,
        'models/orders.sql':
          "select id, customer_id, amount from {{ source('shop', 'orders') }} where id > 0",
      }
      const same = await checkFiles(make, edited, { kept: keep() })
      expect(same.counts.asked).toBe(1)
      const other = {
        ...files,
        'models/orders.sql':
          "select id, customer_id, amount::real as amount from {{ source('shop', 'orders') }}",
      }
      const changed = await checkFiles(make, other, { kept: same.keep() })
      expect(changed.counts.asked).toBe(2)
      expect(changed.columns('totals')).toBe('customer_id integer, total real, orders bigint')
    })

    test('asks again about what was broken', async () => {
      const broken = { ...files, 'models/totals.sql': "select idd from {{ ref('orders') }}" }
      const { keep } = await checkFiles(make, broken)
      const again = await checkFiles(make, broken, { kept: keep() })
      expect(again.told).toHaveLength(1)
      expect(again.counts.asked).toBe(1)
      const mended = await checkFiles(make, files, { kept: again.keep() })
      expect(mended.told).toEqual([])
    })
  })

  test('checks a selection with what it stands on', async () => {
    const checked = await checkFiles(
      make,
      { ...files, 'models/other.sql': "select idd from {{ ref('orders') }}" },
      { select: ['totals'] },
    )
    expect(checked.told).toEqual([])
    expect(checked.counts.models).toBe(1)
    expect(checked.columns('orders')).toBe('id integer, customer_id integer, amount numeric(10,2)')
  })
})
