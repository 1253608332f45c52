import type { Truth } from './truth.ts'

export const joins: readonly Truth[] = [
  {
    title: 'an inner join on a key',
    sql: `select o.id, c.name from orders o join customers c on c.id = o.customer_id`,
    columns: { id: 'orders.id', name: 'customers.name' },
    join: 'customers.id orders.customer_id',
  },
  {
    title: 'a left join with a further condition',
    sql: `
      select c.id, o.amount from customers c
      left join orders o on o.customer_id = c.id and o.status = 'paid'`,
    columns: { id: 'customers.id', amount: 'orders.amount' },
    join: 'orders.customer_id customers.id orders.status',
  },
  {
    title: 'names without a table are found in whichever has them',
    sql: `select email, tax, method from customers, orders, payments where status = 'x'`,
    columns: { email: 'customers.email', tax: 'orders.tax', method: 'payments.method' },
    filter: 'orders.status',
  },
  {
    title: 'conditions of a join that stand in where are filters',
    sql: `select o.id, c.name from orders o, customers c where c.id = o.customer_id`,
    columns: { id: 'orders.id', name: 'customers.name' },
    filter: 'customers.id orders.customer_id',
  },
  {
    title: 'a cross join',
    sql: `select c.name, p.category from customers c cross join products p`,
    columns: { name: 'customers.name', category: 'products.category' },
  },
  {
    title: 'a table joined to itself',
    sql: `
      select e.name, m.name as manager, e.salary - m.salary as gap
      from employees e left join employees m on m.id = e.manager_id`,
    columns: {
      name: 'employees.name',
      manager: 'employees.name',
      gap: '~employees.salary',
    },
    join: 'employees.id employees.manager_id',
  },
  {
    title: 'three joins in a row',
    sql: `
      select c.country, i.quantity * i.price as revenue, p.category
      from items i
      join orders o on o.id = i.order_id
      join customers c on c.id = o.customer_id
      left join products p on p.id = i.product_id`,
    columns: {
      country: 'customers.country',
      revenue: '~items.quantity ~items.price',
      category: 'products.category',
    },
    join: 'orders.id items.order_id customers.id orders.customer_id products.id items.product_id',
  },
  {
    title: 'joins in parentheses',
    sql: `
      select c.id, o.status, p.method
      from customers c left join (orders o join payments p on p.order_id = o.id) on o.customer_id = c.id`,
    columns: { id: 'customers.id', status: 'orders.status', method: 'payments.method' },
    join: 'payments.order_id orders.id orders.customer_id customers.id',
  },
  {
    title: 'a join in parentheses that has an alias',
    sql: `
      select j.status, j.method
      from (orders o join payments p on p.order_id = o.id) as j (order_number, buyer, status)`,
    columns: { status: 'orders.status', method: 'payments.method' },
    join: 'payments.order_id orders.id',
  },
  {
    title: 'using, inner: the column is that of the left',
    sql: `select customer_id, o.status, s.plan from orders o join subscriptions s using (customer_id)`,
    columns: {
      customer_id: 'orders.customer_id',
      status: 'orders.status',
      plan: 'subscriptions.plan',
    },
    join: 'orders.customer_id subscriptions.customer_id',
  },
  {
    title: 'using, right: the column is that of the right',
    sql: `select customer_id, plan from orders right join subscriptions using (customer_id)`,
    columns: { customer_id: 'subscriptions.customer_id', plan: 'subscriptions.plan' },
    join: 'orders.customer_id subscriptions.customer_id',
  },
  {
    title: 'using, full: the column is of both',
    sql: `select customer_id, plan, status from orders full join subscriptions using (customer_id)`,
    columns: {
      customer_id: '~orders.customer_id ~subscriptions.customer_id',
      plan: 'subscriptions.plan',
      status: 'orders.status',
    },
    join: 'orders.customer_id subscriptions.customer_id',
  },
  {
    title: 'using: the columns of each side can still be named',
    sql: `
      select customer_id, o.customer_id as of_order, s.customer_id as of_subscription
      from orders o left join subscriptions s using (customer_id)`,
    columns: {
      customer_id: 'orders.customer_id',
      of_order: 'orders.customer_id',
      of_subscription: 'subscriptions.customer_id',
    },
    join: 'orders.customer_id subscriptions.customer_id',
  },
  {
    title: 'a star over using lists the column once, and first',
    sql: `select * from quarters join subscriptions using (customer_id)`,
    columns: {
      customer_id: 'quarters.customer_id',
      q1: 'quarters.q1',
      q2: 'quarters.q2',
      q3: 'quarters.q3',
      q4: 'quarters.q4',
      plan: 'subscriptions.plan',
      started_on: 'subscriptions.started_on',
      ended_on: 'subscriptions.ended_on',
      price: 'subscriptions.price',
    },
    join: 'quarters.customer_id subscriptions.customer_id',
  },
  {
    title: 'two columns in using, three tables',
    sql: `
      select id, customer_id, o.amount, n.amount as older, s.plan
      from orders o
      join old_orders n using (id, customer_id)
      left join subscriptions s using (customer_id)`,
    columns: {
      id: 'orders.id',
      customer_id: 'orders.customer_id',
      amount: 'orders.amount',
      older: 'old_orders.amount',
      plan: 'subscriptions.plan',
    },
    join: 'orders.id old_orders.id orders.customer_id old_orders.customer_id subscriptions.customer_id',
  },
  {
    title: 'using with an alias of its own',
    sql: `
      select j.customer_id, o.status from orders o join subscriptions s using (customer_id) as j where j.customer_id > 1`,
    columns: { customer_id: 'orders.customer_id', status: 'orders.status' },
    filter: 'orders.customer_id',
    join: 'orders.customer_id subscriptions.customer_id',
  },
  {
    title: 'a natural join takes the columns that both have',
    relations: {
      cities: 'city text, population int',
      mayors: 'city text, mayor text',
    },
    sql: `select * from cities natural join mayors`,
    columns: { city: 'cities.city', population: 'cities.population', mayor: 'mayors.mayor' },
    join: 'cities.city mayors.city',
  },
  {
    title: 'a natural full join',
    relations: {
      planned: 'day date, planned int',
      done: 'day date, done int',
    },
    sql: `select day, done - planned as ahead from planned natural full join done`,
    columns: { day: '~planned.day ~done.day', ahead: '~done.done ~planned.planned' },
    join: 'planned.day done.day',
  },
  {
    title: 'a natural join of tables that share nothing is a cross join',
    relations: { lefts: 'a int', rights: 'b int' },
    sql: `select a, b from lefts natural join rights`,
    columns: { a: 'lefts.a', b: 'rights.b' },
  },
  {
    title: 'a range join',
    sql: `
      select o.id, o.amount * r.rate as converted
      from orders o
      join rates r on o.placed_at >= r.valid_from and o.placed_at < coalesce(r.valid_to, 'infinity')`,
    columns: { id: 'orders.id', converted: '~orders.amount ~rates.rate' },
    join: 'orders.placed_at rates.valid_from rates.valid_to',
  },
  {
    title: 'an anti join',
    sql: `
      select c.id, c.name from customers c left join orders o on o.customer_id = c.id where o.id is null`,
    columns: { id: 'customers.id', name: 'customers.name' },
    filter: 'orders.id',
    join: 'orders.customer_id customers.id',
  },
  {
    title: 'a join on an expression of JSON',
    sql: `
      select v.id, p.data->>'lastName' as last_name
      from bronze.visits v
      join bronze.patients p on p.data->>'id' = v.data->'patient'->>'id'
        and p.source_instance_id = v.source_instance_id`,
    columns: { id: 'bronze.visits.id', last_name: 'bronze.patients.data->lastName' },
    join: `bronze.patients.data->id bronze.visits.data->patient->id
      bronze.patients.source_instance_id bronze.visits.source_instance_id`,
  },
  {
    title: 'a join with a subquery',
    sql: `
      select c.name, t.total
      from customers c
      join (select customer_id, sum(amount) as total from orders where status = 'paid' group by customer_id) t
        on t.customer_id = c.id`,
    columns: { name: 'customers.name', total: '~orders.amount' },
    filter: 'orders.status',
    join: 'orders.customer_id customers.id',
    group: 'orders.customer_id',
  },
  {
    title: 'a full join whose key is coalesced by hand',
    sql: `
      select coalesce(o.id, p.order_id) as order_id, o.amount - coalesce(p.amount, 0) as open
      from orders o full outer join payments p on p.order_id = o.id`,
    columns: {
      order_id: '~orders.id ~payments.order_id',
      open: '~orders.amount ~payments.amount',
    },
    join: 'payments.order_id orders.id',
  },
]
