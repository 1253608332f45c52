import { beforeAll, describe, expect, it } from 'vitest'
import type { LintRuleId } from '../project/lint-settings.ts'
import { loadSqlParser } from '../sql/parse-sql.ts'
import { lintFiles } from '../testing/lint-files.ts'

beforeAll(loadSqlParser)

const shop = {
  'sources/shop.yml': `
sources:
  - name: shop
    tables: [{ name: orders }, { name: people }]
`,
  'models/orders.sql': `select o.id, o.person_id, o.day from {{ source('shop', 'orders') }} as o`,
  'models/people.sql': `select p.id, p.name from {{ source('shop', 'people') }} as p`,
}

/** What one rule finds in a model: `line:column` of each. */
function found(rule: LintRuleId, sql: string, files: { readonly [path: string]: string } = {}): string[] {
  return lintFiles({ ...shop, ...files, 'models/subject.sql': sql }, rule)
    .filter((one) => one.startsWith('models/subject.sql:'))
    .map((one) => one.slice('models/subject.sql:'.length, -rule.length - 1))
}

describe('select-star', () => {
  it('finds a star by which the columns of a relation become those of the model', () => {
    expect(found('select-star', `select * from {{ ref('orders') }}`)).toEqual(['1:8'])
    expect(
      found('select-star', `select o.*, p.name from {{ ref('orders') }} as o, {{ ref('people') }} as p`),
    ).toEqual(['1:8'])
  })

  it('finds it where it stands, through expressions, subqueries and set operations', () => {
    const sql = `with a as (select * from {{ ref('orders') }}),
b as (select id, x.* from (select * from a) as x)
select * from b
union all
select * from {{ ref('orders') }}`
    expect(found('select-star', sql)).toEqual(['1:19', '5:8'])
  })

  it.each([
    `with a as (select * from {{ ref('orders') }}) select a.id from a`,
    `with a as (select id from {{ ref('orders') }}) select * from a`,
    `select count(*) as n from {{ ref('orders') }}`,
    `select 1 as one where exists (select * from {{ ref('orders') }})`,
    `select * from generate_series(1, 3) as n`,
    `select * from (values (1)) as v (n)`,
  ])('lets %s be', (sql) => {
    expect(found('select-star', sql)).toEqual([])
  })

  it('looks through no ephemeral model, which has columns of its own to name', () => {
    const files = {
      'models/middle.sql': `{{ config(materialized='ephemeral') }} select * from {{ ref('orders') }}`,
    }
    expect(
      lintFiles(
        { ...shop, ...files, 'models/subject.sql': `select * from {{ ref('middle') }}` },
        'select-star',
      ),
    ).toEqual(['models/middle.sql:1:47 select-star', 'models/subject.sql:1:8 select-star'])
  })
})

describe('unused-cte', () => {
  it('finds what nothing reads, and what only such a one reads', () => {
    const sql = `with a as (select 1 as x),
b as (select x from a),
c as (select 2 as x)
select x from c`
    expect(found('unused-cte', sql)).toEqual(['1:6', '2:1'])
  })

  it('finds one that a nearer one of its name hides', () => {
    expect(
      found(
        'unused-cte',
        `with a as (select 1 as x) select x from (with a as (select 2 as x) select x from a) as s`,
      ),
    ).toEqual(['1:6'])
  })

  it.each([
    `with recursive a as (select 1 as n union all select n + 1 from a where n < 3) select n from a`,
    `with a as (select 1 as x) select (select x from a) as x`,
    `with a as (select 1 as x), b as (select x from a) select 1 as one where exists (select from b)`,
    `with a as (select 1 as x) select 1 as x union all select x from a`,
  ])('lets %s be', (sql) => {
    expect(found('unused-cte', sql)).toEqual([])
  })
})

describe('hard-coded-relation', () => {
  it('finds relations by their own names', () => {
    expect(
      found(
        'hard-coded-relation',
        `select o.id from public.orders as o join other.things as t on t.id = o.id`,
      ),
    ).toEqual(['1:18', '1:42'])
    expect(found('hard-coded-relation', `select id from orders`)).toEqual(['1:16'])
  })

  it('finds one that stands beside a reference to the same', () => {
    const sql = `select o.id from {{ ref('orders') }} as o join "public"."orders" as p on p.id = o.id`
    expect(found('hard-coded-relation', sql)).toEqual(['1:48'])
  })

  it.each([
    `select o.id from {{ ref('orders') }} as o join {{ source('shop', 'people') }} as p on p.id = o.id`,
    `with orders as (select id from {{ ref('orders') }}) select id from orders`,
    `select relname from pg_class union all select table_name from information_schema.tables`,
    `select n from generate_series(1, 2) as n`,
    `{{ config(materialized='incremental') }} select id, day from {{ ref('orders') }}
{% if is_incremental() %} where day > (select max(day) from {{ this }}) {% endif %}`,
  ])('lets %s be', (sql) => {
    expect(found('hard-coded-relation', sql)).toEqual([])
  })
})

describe('join-without-condition', () => {
  it.each([
    [`select o.id from {{ ref('orders') }} as o, {{ ref('people') }} as p`, '1:47'],
    [
      `select o.id from {{ ref('orders') }} as o, {{ ref('people') }} as p where o.day > now() and p.id = 1`,
      '1:47',
    ],
    [`select o.id from {{ ref('orders') }} as o join {{ ref('people') }} as p on true`, '1:51'],
    [`select o.id from {{ ref('orders') }} as o join {{ ref('people') }} as p on o.id = o.person_id`, '1:51'],
    [
      `with a as (select 1 as x union all select 2), b as (select 1 as y union all select 2) select x from a, b`,
      '1:104',
    ],
  ])('finds it in %s', (sql, place) => {
    expect(found('join-without-condition', sql)).toEqual([place])
  })

  it.each([
    `select o.id from {{ ref('orders') }} as o cross join {{ ref('people') }} as p`,
    `select o.id from {{ ref('orders') }} as o, {{ ref('people') }} as p where p.id = o.person_id`,
    `select o.id from {{ ref('orders') }} as o, {{ ref('people') }} as p where exists (select where p.id = o.person_id)`,
    `select o.id from {{ ref('orders') }} as o left join {{ ref('people') }} as p on true`,
    `select o.id from {{ ref('orders') }} as o join {{ ref('people') }} as p using (id)`,
    `select id from {{ ref('orders') }} natural join {{ ref('people') }}`,
    `select o.id from {{ ref('orders') }} as o, lateral (select p.id from {{ ref('people') }} as p limit 3) as q`,
    `select o.id from {{ ref('orders') }} as o, generate_series(1, o.id) as n`,
    `with last as (select max(day) as day from {{ ref('orders') }}) select o.id from {{ ref('orders') }} as o, last where o.day < last.day`,
    `with last as (select max(day) as day from {{ ref('orders') }}) select o.id from {{ ref('orders') }} as o join last on true`,
    `select o.id from {{ ref('orders') }} as o join {{ ref('people') }} as p on p.name = 'house'`,
    `select o.id from {{ ref('orders') }} as o, {{ ref('people') }} as p where person_id = p.id`,
  ])('lets %s be', (sql) => {
    expect(found('join-without-condition', sql)).toEqual([])
  })
})

describe('ambiguous-column', () => {
  it('finds columns that another relation may come to have as well, once for a query', () => {
    const sql = `select name, day, o.id from {{ ref('orders') }} as o join {{ ref('people') }} as p on p.id = person_id`
    expect(found('ambiguous-column', sql)).toEqual(['1:8'])
  })

  it('finds one of an expression beside a relation that may come to have it', () => {
    const sql = `with totals as (select person_id, count(*) as n from {{ ref('orders') }} group by person_id)
select p.id, n from {{ ref('people') }} as p join totals as t on t.person_id = p.id`
    expect(found('ambiguous-column', sql)).toEqual(['2:14'])
  })

  it('finds a column in a subquery that is the outer one by mistake', () => {
    const sql = `select o.id from {{ ref('orders') }} as o where o.person_id in (select person_id from {{ ref('people') }})`
    expect(found('ambiguous-column', sql)).toEqual(['1:72'])
  })

  it.each([
    `select id, day from {{ ref('orders') }}`,
    `with a as (select 1 as x), b as (select 2 as y) select x, y from a cross join b`,
    `select o.day from {{ ref('orders') }} as o join {{ ref('people') }} as p using (id) where id > 1`,
    `select o.day as d from {{ ref('orders') }} as o join {{ ref('people') }} as p on p.id = o.person_id order by d`,
    `select n from {{ ref('orders') }} as o, generate_series(1, o.id) as n`,
    `select o.id from {{ ref('orders') }} as o where o.person_id in (select id from {{ ref('people') }})`,
    `select o.id from {{ ref('orders') }} as o where exists (select from {{ ref('people') }} as p where p.id = o.person_id)`,
    `select p.id from {{ ref('people') }} as p where p.id in (select person_id from {{ source('shop', 'orders') }})`,
  ])('lets %s be', (sql) => {
    expect(found('ambiguous-column', sql)).toEqual([])
  })
})

describe('null-comparison', () => {
  it.each([
    [`select id from {{ ref('orders') }} where day = null`, '1:46'],
    [`select id from {{ ref('orders') }} where null <> day`, '1:47'],
    [`select id from {{ ref('orders') }} where day != null::date`, '1:46'],
    [`select id from {{ ref('orders') }} where id not in (1, null)`, '1:45'],
    [`select case id when null then 0 else id end as id from {{ ref('orders') }}`, '1:16'],
  ])('finds it in %s', (sql, place) => {
    expect(found('null-comparison', sql)).toEqual([place])
  })

  it.each([
    `select id from {{ ref('orders') }} where day is null and id is distinct from null`,
    `select case when day is null then null end as d, coalesce(day, null) as e from {{ ref('orders') }}`,
  ])('lets %s be', (sql) => {
    expect(found('null-comparison', sql)).toEqual([])
  })
})

describe('not-in-subquery', () => {
  it.each([
    [
      `select p.id from {{ ref('people') }} as p where p.id not in (select o.person_id from {{ ref('orders') }} as o)`,
      '1:54',
    ],
    [
      `select p.id from {{ ref('people') }} as p where p.id <> all (select o.person_id from {{ ref('orders') }} as o)`,
      '1:54',
    ],
    [
      `with ids as (select person_id from {{ ref('orders') }}) select p.id from {{ ref('people') }} as p where not p.id in (select person_id from ids)`,
      '1:114',
    ],
  ])('finds it in %s', (sql, place) => {
    expect(found('not-in-subquery', sql)).toEqual([place])
  })

  it.each([
    `select p.id from {{ ref('people') }} as p where p.id not in (select o.person_id from {{ ref('orders') }} as o where o.person_id is not null)`,
    `with ids as (select person_id from {{ ref('orders') }} where person_id > 0) select p.id from {{ ref('people') }} as p where p.id not in (select person_id from ids)`,
    `select p.id from {{ ref('people') }} as p where p.id not in (select coalesce(o.person_id, 0) from {{ ref('orders') }} as o)`,
    `select p.id from {{ ref('people') }} as p where p.id not in (1, 2)`,
    `select p.id from {{ ref('people') }} as p where not exists (select from {{ ref('orders') }} as o where o.person_id = p.id)`,
    `select p.id from {{ ref('people') }} as p where p.id not in (values (1), (2))`,
  ])('lets %s be', (sql) => {
    expect(found('not-in-subquery', sql)).toEqual([])
  })

  it.each([
    ['a data test', 'data_tests: [not_null]'],
    ['a constraint', 'data_type: integer, constraints: [{ type: not_null }]'],
  ])('believes %s that there is no null', (_, declared) => {
    const sql = `select p.id from {{ ref('people') }} as p where p.id not in (select o.person_id from {{ ref('orders') }} as o)`
    const properties = `models: [{ name: orders, config: { materialized: table }, columns: [{ name: person_id, ${declared} }] }]`
    expect(found('not-in-subquery', sql, { 'models/orders.yml': properties })).toEqual([])
  })
})

describe('filtered-outer-join', () => {
  const join = `select o.id from {{ ref('orders') }} as o left join {{ ref('people') }} as p on p.id = o.person_id`
  it.each([`p.name = 'ann'`, `o.id > 1 and p.name in ('ann')`, `'ann' <> p.name::text`, `p.name like 'a%'`])(
    'finds a condition that drops the rows without a match: %s',
    (condition) => {
      expect(found('filtered-outer-join', `${join}\nwhere ${condition}`)).toHaveLength(1)
    },
  )

  it.each([
    `p.name is null`,
    `p.id is not null`,
    `p.name = 'ann' or p.id is null`,
    `coalesce(p.name, '') = ''`,
    `p.name is distinct from 'ann'`,
    `o.id = 1`,
  ])('lets %s be', (condition) => {
    expect(found('filtered-outer-join', `${join}\nwhere ${condition}`)).toEqual([])
  })
})
