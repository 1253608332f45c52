import type { Truth } from './truth.ts'

export const subqueries: readonly Truth[] = [
  {
    title: 'a scalar subquery passes its value on',
    sql: `
      select o.id, (select c.name from customers c where c.id = o.customer_id) as customer from orders o`,
    columns: { id: 'orders.id', customer: 'customers.name' },
    filter: 'customers.id orders.customer_id',
  },
  {
    title: 'a scalar subquery with an aggregate',
    sql: `
      select c.id, (select max(o.placed_at) from orders o where o.customer_id = c.id and o.status = 'paid') as last_paid
      from customers c`,
    columns: { id: 'customers.id', last_paid: '~orders.placed_at' },
    filter: 'orders.customer_id customers.id orders.status',
  },
  {
    title: 'a scalar subquery that counts',
    sql: `select c.id, (select count(*) from orders where customer_id = c.id) as n from customers c`,
    columns: { id: 'customers.id', n: '' },
    filter: 'orders.customer_id customers.id',
  },
  {
    title: 'a scalar subquery that is uncorrelated, within arithmetic',
    sql: `select id, amount / (select avg(amount) from orders where status = 'paid') as relative from orders`,
    columns: { id: 'orders.id', relative: '~orders.amount' },
    filter: 'orders.status',
  },
  {
    title: 'a scalar subquery ordered and cut, with a join',
    sql: `
      select c.id,
        (select p.name from items i join orders o on o.id = i.order_id join products p on p.id = i.product_id
          where o.customer_id = c.id order by i.price desc limit 1) as dearest
      from customers c`,
    columns: { id: 'customers.id', dearest: 'products.name' },
    filter: `orders.id items.order_id products.id items.product_id orders.customer_id customers.id items.price`,
  },
  {
    title: 'a scalar subquery in where',
    sql: `select id from orders where amount > (select avg(amount) from orders where status = 'paid')`,
    columns: { id: 'orders.id' },
    filter: 'orders.amount orders.status',
  },
  {
    title: 'in with a subquery, in where',
    sql: `select id from orders where customer_id in (select id from customers where country = 'IT')`,
    columns: { id: 'orders.id' },
    filter: 'orders.customer_id customers.id customers.country',
  },
  {
    title: 'not in, all and any with subqueries, in where',
    sql: `
      select id from products
      where id not in (select product_id from items) and cost > all (select price from items where quantity > 1)
        and cost < any (select amount from payments)`,
    columns: { id: 'products.id' },
    filter: 'products.id items.product_id products.cost items.price items.quantity payments.amount',
  },
  {
    title: 'in with a subquery, as a value',
    sql: `select id, customer_id in (select customer_id from subscriptions where ended_on is null) as subscribed from orders`,
    columns: { id: 'orders.id', subscribed: '~orders.customer_id ~subscriptions.customer_id' },
    filter: 'subscriptions.ended_on',
  },
  {
    title: 'exists in where',
    sql: `
      select c.id from customers c where exists (select 1 from orders o where o.customer_id = c.id and o.amount > 5)`,
    columns: { id: 'customers.id' },
    filter: 'orders.customer_id customers.id orders.amount',
  },
  {
    title: 'exists with a star selects nothing',
    sql: `select c.id from customers c where not exists (select * from orders o where o.customer_id = c.id)`,
    columns: { id: 'customers.id' },
    filter: 'orders.customer_id customers.id',
  },
  {
    title: 'exists as a value is a condition',
    sql: `
      select c.id, exists (select from orders o where o.customer_id = c.id and o.status = 'open') as has_open
      from customers c`,
    columns: {
      id: 'customers.id',
      has_open: { condition: 'orders.customer_id customers.id orders.status' },
    },
  },
  {
    title: 'exists in a case',
    sql: `
      select case when exists (select 1 from payments p where p.order_id = o.id) then o.amount else 0 end as paid from orders o`,
    columns: { paid: { direct: '~orders.amount', condition: 'payments.order_id orders.id' } },
  },
  {
    title: 'the set in an array',
    sql: `
      select c.id, array(select o.id from orders o where o.customer_id = c.id order by o.placed_at) as orders from customers c`,
    columns: { id: 'customers.id', orders: '~orders.id' },
    filter: 'orders.customer_id customers.id orders.placed_at',
  },
  {
    title: 'a subquery in from',
    sql: `
      select t.status, t.n * 2 as twice from (select status, sum(amount) as n from orders group by status) t where t.n > 5`,
    columns: { status: 'orders.status', twice: '~orders.amount' },
    filter: 'orders.amount',
    group: 'orders.status',
  },
  {
    title: 'a subquery in from within a subquery in from',
    sql: `
      select y.total from (
        select x.customer_id, sum(x.gross) as total
        from (select customer_id, amount + tax as gross from orders where status <> 'void') x
        group by x.customer_id
      ) y order by y.total`,
    columns: { total: '~orders.amount ~orders.tax' },
    filter: 'orders.status',
    group: 'orders.customer_id',
    order: 'orders.amount orders.tax',
  },
  {
    title: 'a subquery within a subquery of where',
    sql: `
      select name from customers
      where id in (
        select customer_id from orders where id in (select order_id from payments where method = 'card')
      )`,
    columns: { name: 'customers.name' },
    filter: 'customers.id orders.customer_id orders.id payments.order_id payments.method',
  },
  {
    title: 'a correlated subquery goes two levels up',
    sql: `
      select c.name from customers c
      where exists (
        select 1 from orders o
        where exists (select 1 from payments p where p.order_id = o.id and p.amount > c.referrer_id)
      )`,
    columns: { name: 'customers.name' },
    filter: 'payments.order_id orders.id payments.amount customers.referrer_id',
  },
  {
    title: 'an inner name hides an outer one',
    sql: `select id, (select max(id) from payments where order_id = orders.id) as last_payment from orders`,
    columns: { id: 'orders.id', last_payment: '~payments.id' },
    filter: 'payments.order_id orders.id',
  },
  {
    title: 'a subquery in a join condition',
    sql: `
      select c.id, o.amount from customers c
      join orders o on o.customer_id = c.id and o.placed_at = (select max(placed_at) from orders x where x.status = 'paid')`,
    columns: { id: 'customers.id', amount: 'orders.amount' },
    filter: 'orders.status',
    join: 'orders.customer_id customers.id orders.placed_at',
  },
  {
    title: 'a subquery in having and in order by',
    sql: `
      select customer_id, sum(amount) as total from orders
      group by customer_id
      having sum(amount) > (select avg(price) from items)
      order by (select name from customers where customers.id = orders.customer_id)`,
    columns: { customer_id: 'orders.customer_id', total: '~orders.amount' },
    filter: 'orders.amount items.price customers.id orders.customer_id',
    group: 'orders.customer_id',
    order: 'customers.name',
  },
  {
    title: 'a limit that is computed',
    sql: `select id from orders limit (select count(distinct method) from payments)`,
    columns: { id: 'orders.id' },
    filter: 'payments.method',
  },
  {
    title: 'a row that is in a subquery',
    sql: `select id from orders where (customer_id, status) in (select customer_id, plan from subscriptions)`,
    columns: { id: 'orders.id' },
    filter: 'orders.customer_id orders.status subscriptions.customer_id subscriptions.plan',
  },
]
