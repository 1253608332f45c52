import type { Truth } from './truth.ts'

export const setOperations: readonly Truth[] = [
  {
    title: 'union all by position, named by the first',
    sql: `select id, amount as worth from orders union all select order_id, amount from payments`,
    columns: { id: 'orders.id payments.order_id', worth: 'orders.amount payments.amount' },
  },
  {
    title: 'union of a value and a computed one',
    sql: `select id, amount from orders union select id, round(amount) from old_orders`,
    columns: { id: 'orders.id old_orders.id', amount: 'orders.amount ~old_orders.amount' },
  },
  {
    title: 'three of them with literals in between',
    sql: `
      select 'orders' as kind, id from orders where status = 'open'
      union all select 'payments', id from payments
      union all select 'none', null`,
    columns: { kind: '', id: 'orders.id payments.id' },
    filter: 'orders.status',
  },
  {
    title: 'order by after a union',
    sql: `select id, name from customers union select id, name from employees order by name`,
    columns: { id: 'customers.id employees.id', name: 'customers.name employees.name' },
    order: 'customers.name employees.name',
  },
  {
    title: 'the right side of except is a filter',
    sql: `select id, status from orders except select id, status from old_orders where amount > 0`,
    columns: { id: 'orders.id', status: 'orders.status' },
    filter: 'old_orders.id old_orders.status old_orders.amount',
  },
  {
    title: 'the right side of intersect is a filter',
    sql: `select email from customers where country = 'IT' intersect select name from employees`,
    columns: { email: 'customers.email' },
    filter: 'customers.country employees.name',
  },
  {
    title: 'intersect binds closer than union',
    sql: `select id from orders union select id from customers intersect select id from products`,
    columns: { id: 'orders.id customers.id' },
    filter: 'products.id',
  },
  {
    title: 'parentheses and a limit in one side',
    sql: `
      (select id, placed_at from orders order by placed_at desc limit 10)
      union all
      (select id, paid_at from payments order by amount limit 5)`,
    columns: { id: 'orders.id payments.id', placed_at: 'orders.placed_at payments.paid_at' },
    order: 'orders.placed_at payments.amount',
  },
  {
    title: 'a union in a CTE',
    sql: `
      with everyone as (
        select id, name, 'customer' as kind from customers
        union all
        select id, name, department from employees
      )
      select name, kind from everyone where kind <> 'x'`,
    columns: {
      name: 'customers.name employees.name',
      kind: 'employees.department',
    },
    filter: 'employees.department',
  },
  {
    title: 'a union in a subquery with a list of columns',
    sql: `
      select u.number, u.day::date as day
      from (select id, placed_at from orders union all select id, paid_at from payments) as u (number, day)`,
    columns: {
      number: 'orders.id payments.id',
      day: 'orders.placed_at payments.paid_at',
    },
  },
  {
    title: 'stars in a union',
    relations: { this_year: 'a int, b text', last_year: 'x int, y text' },
    sql: `select * from this_year union all select * from last_year`,
    columns: { a: 'this_year.a last_year.x', b: 'this_year.b last_year.y' },
  },
  {
    title: 'one table on both sides, once as it is and once computed',
    sql: `select id, amount from orders where status = 'a' union all select id, - amount from orders where tax > 1`,
    columns: { id: 'orders.id', amount: 'orders.amount ~orders.amount' },
    filter: 'orders.status orders.tax',
  },
  {
    title: 'values on one side',
    sql: `select id, name from products union all values (0, 'none')`,
    columns: { id: 'products.id', name: 'products.name' },
  },
  {
    title: 'except within a CTE that is joined',
    sql: `
      with missing as (select id from orders except all select order_id from payments)
      select o.id, o.status from orders o join missing m on m.id = o.id`,
    columns: { id: 'orders.id', status: 'orders.status' },
    filter: 'payments.order_id',
    join: 'orders.id',
  },
]
