import type { Truth } from './truth.ts'

export const cases: readonly Truth[] = [
  {
    title: 'a searched case: results are direct, what decides is condition',
    sql: `select case when status = 'paid' then amount when tax > 0 then tax else 0 end as value from orders`,
    columns: { value: { direct: '~orders.amount ~orders.tax', condition: 'orders.status orders.tax' } },
  },
  {
    title: 'a simple case',
    sql: `select case status when 'a' then 'open' when 'b' then 'shut' end as state from orders`,
    columns: { state: { condition: 'orders.status' } },
  },
  {
    title: 'a case within a function',
    sql: `select upper(case when id > 5 then name else email end) as shown from customers`,
    columns: { shown: { direct: '~customers.name ~customers.email', condition: 'customers.id' } },
  },
  {
    title: 'a case within a case',
    sql: `
      select case when country = 'IT' then case when city = 'Rome' then 'capital' else city end else country end as place
      from customers`,
    columns: {
      place: {
        direct: '~customers.city ~customers.country',
        condition: 'customers.country customers.city',
      },
    },
  },
  {
    title: 'a case in a condition of a case',
    sql: `
      select case when (case when tax is null then amount else 0 end) > 10 then status end as status from orders`,
    columns: {
      status: { direct: '~orders.status', condition: 'orders.tax orders.amount' },
    },
  },
  {
    title: 'a sum of a case',
    sql: `
      select customer_id, sum(case when status = 'paid' then amount else 0 end) as paid
      from orders group by customer_id`,
    columns: {
      customer_id: 'orders.customer_id',
      paid: { direct: '~orders.amount', condition: 'orders.status' },
    },
    group: 'orders.customer_id',
  },
  {
    title: 'a case in where, group by and order by',
    sql: `
      select case when amount > 100 then 'big' else 'small' end as size, count(*) as orders
      from orders
      where case when status = 'x' then tax else amount end > 1
      group by case when amount > 100 then 'big' else 'small' end
      order by case when max(placed_at) is null then 1 else 2 end`,
    columns: { size: { condition: 'orders.amount' }, orders: '' },
    filter: 'orders.status orders.tax orders.amount',
    group: 'orders.amount',
    order: 'orders.placed_at',
  },
  {
    title: 'a case whose alias is grouped by',
    sql: `
      select case when amount > 100 then 'big' else status end as size, count(*) as n from orders group by size`,
    columns: { size: { direct: '~orders.status', condition: 'orders.amount' }, n: '' },
    group: 'orders.amount orders.status',
  },
  {
    title: 'a case of a column that is itself a case',
    sql: `
      with sized as (select id, case when amount > 100 then 'big' else status end as size from orders)
      select id, case when size = 'big' then tax_free.name end as label
      from sized cross join lateral (select name from customers where customers.id = sized.id) as tax_free`,
    columns: {
      id: 'orders.id',
      label: { direct: '~customers.name', condition: 'orders.status orders.amount' },
    },
    filter: 'customers.id orders.id',
  },
  {
    title: 'a column that is a case, passed on',
    sql: `
      select s.size || '!' as shown
      from (select case when amount > 100 then status else 'none' end as size from orders) as s`,
    columns: { shown: { direct: '~orders.status', condition: 'orders.amount' } },
  },
]
