import type { Truth } from './truth.ts'

export const ctes: readonly Truth[] = [
  {
    title: 'a CTE passed on',
    sql: `with paid as (select id, amount from orders where status = 'paid') select id, amount from paid`,
    columns: { id: 'orders.id', amount: 'orders.amount' },
    filter: 'orders.status',
  },
  {
    title: 'a chain of CTEs: import, clean, add up',
    sql: `
      with source as (select * from orders),
      renamed as (select id as order_id, customer_id, amount + tax as gross, status from source),
      totals as (select customer_id, sum(gross) as total from renamed where status <> 'void' group by customer_id)
      select customer_id, round(total, 2) as total from totals where total > 0 order by total`,
    columns: { customer_id: 'orders.customer_id', total: '~orders.amount ~orders.tax' },
    filter: 'orders.status orders.amount orders.tax',
    group: 'orders.customer_id',
    order: 'orders.amount orders.tax',
  },
  {
    title: 'a CTE that nobody reads does not count',
    sql: `
      with unread as (select id from payments where method = 'card'), read as (select id from orders)
      select id from read`,
    columns: { id: 'orders.id' },
  },
  {
    title: 'a CTE that only an unread CTE reads does not count',
    sql: `
      with a as (select id from payments where method = 'card'), b as (select id from a), c as (select id from orders)
      select id from c`,
    columns: { id: 'orders.id' },
  },
  {
    title: 'a CTE with a list of columns',
    sql: `with o (number, worth) as (select id, amount from orders) select number, worth from o`,
    columns: { number: 'orders.id', worth: 'orders.amount' },
  },
  {
    title: 'a CTE that is named as a table hides the table',
    sql: `with orders as (select id, amount as worth from old_orders) select id, worth from orders`,
    columns: { id: 'old_orders.id', worth: 'old_orders.amount' },
  },
  {
    title: 'a CTE that is named as the table it reads',
    sql: `with orders as (select id, status from orders where amount > 0) select id, status from orders`,
    columns: { id: 'orders.id', status: 'orders.status' },
    filter: 'orders.amount',
  },
  {
    title: 'a schema before the name goes past a CTE',
    sql: `with orders as (select 1 as id) select p.id from public.orders as p, orders`,
    columns: { id: 'orders.id' },
  },
  {
    title: 'a CTE read twice',
    sql: `
      with o as (select id, customer_id, amount from orders)
      select a.id, a.amount - b.amount as difference from o a join o b on a.customer_id = b.customer_id and a.id <> b.id`,
    columns: { id: 'orders.id', difference: '~orders.amount' },
    join: 'orders.customer_id orders.id',
  },
  {
    title: 'a CTE within a CTE',
    sql: `
      with outer_one as (
        with inner_one as (select id, status from orders where tax > 0)
        select id, upper(status) as status from inner_one
      )
      select id, status from outer_one`,
    columns: { id: 'orders.id', status: '~orders.status' },
    filter: 'orders.tax',
  },
  {
    title: 'a CTE within a subquery sees those outside',
    sql: `
      with base as (select id, amount from orders)
      select t.id, t.twice from (with doubled as (select id, amount * 2 as twice from base) select * from doubled) as t`,
    columns: { id: 'orders.id', twice: '~orders.amount' },
  },
  {
    title: 'an inner CTE hides an outer one of its name',
    sql: `
      with a as (select id from orders), b as (with a as (select id from customers) select id from a)
      select a.id as order_id, b.id as customer_id from a, b`,
    columns: { order_id: 'orders.id', customer_id: 'customers.id' },
  },
  {
    title: 'materialized and not materialized are the same',
    sql: `
      with a as materialized (select id from orders), b as not materialized (select id from customers)
      select a.id, b.id as other from a join b on a.id = b.id`,
    columns: { id: 'orders.id', other: 'customers.id' },
    join: 'orders.id customers.id',
  },
  {
    title: 'a join of two CTEs of which each has filters and groups',
    sql: `
      with paid as (
        select order_id, sum(amount) as paid from payments where method <> 'refund' group by order_id having sum(amount) > 0
      ),
      lines as (
        select order_id, count(*) as lines, max(price) as dearest from items group by order_id
      )
      select p.order_id, p.paid, l.lines, l.dearest from paid p left join lines l on l.order_id = p.order_id`,
    columns: {
      order_id: 'payments.order_id',
      paid: '~payments.amount',
      lines: '',
      dearest: '~items.price',
    },
    filter: 'payments.method payments.amount',
    join: 'items.order_id payments.order_id',
    group: 'payments.order_id items.order_id',
  },
  {
    title: 'a filter on a column that counts gives no use',
    sql: `
      with counted as (select customer_id, count(*) as n from orders group by customer_id)
      select customer_id from counted where n > 3`,
    columns: { customer_id: 'orders.customer_id' },
    group: 'orders.customer_id',
  },
  {
    title: 'a CTE that is used in a subquery of where alone',
    sql: `
      with good as (select customer_id from orders where amount > 100)
      select name from customers where id in (select customer_id from good)`,
    columns: { name: 'customers.name' },
    filter: 'customers.id orders.customer_id orders.amount',
  },
]
