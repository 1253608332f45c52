import type { Truth } from './truth.ts'

export const valuesLists: readonly Truth[] = [
  {
    title: 'values alone',
    sql: `values (1, 'a'), (2, 'b')`,
    columns: { column1: '', column2: '' },
  },
  {
    title: 'values as a table that is joined',
    sql: `
      select o.id, m.label from orders o join (values ('a', 'open'), ('b', 'shut')) as m (code, label) on m.code = o.status`,
    columns: { id: 'orders.id', label: '' },
    join: 'orders.status',
  },
  {
    title: 'values with a subquery in them',
    sql: `select v.k, v.n from (values ('orders', (select max(id) from orders)), ('none', 0)) as v (k, n)`,
    columns: { k: '', n: '~orders.id' },
  },
  {
    title: 'values in a CTE',
    sql: `
      with limits (plan, most) as (values ('free', 0), ('paid', 100))
      select s.customer_id, l.most from subscriptions s join limits l on l.plan = s.plan where s.price > l.most`,
    columns: { customer_id: 'subscriptions.customer_id', most: '' },
    filter: 'subscriptions.price',
    join: 'subscriptions.plan',
  },
  {
    title: 'the columns of values that have no names',
    sql: `select column1 as code, column2 || '!' as label from (values ('a', 'b')) as v`,
    columns: { code: '', label: '' },
  },
]
