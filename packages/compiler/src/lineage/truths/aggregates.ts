import type { Truth } from './truth.ts'

export const aggregates: readonly Truth[] = [
  {
    title: 'the usual aggregates',
    sql: `
      select status, count(*) as n, count(shipped_at) as shipped, sum(amount) as total, avg(tax) as tax,
        min(placed_at) as first_at, max(placed_at) as last_at, count(distinct customer_id) as customers
      from orders group by status`,
    columns: {
      status: 'orders.status',
      n: '',
      shipped: '~orders.shipped_at',
      total: '~orders.amount',
      tax: '~orders.tax',
      first_at: '~orders.placed_at',
      last_at: '~orders.placed_at',
      customers: '~orders.customer_id',
    },
    group: 'orders.status',
  },
  {
    title: 'filter of an aggregate is condition',
    sql: `
      select count(*) filter (where status = 'open') as open,
        sum(amount) filter (where tax > 0 and shipped_at is null) as waiting
      from orders`,
    columns: {
      open: { condition: 'orders.status' },
      waiting: { direct: '~orders.amount', condition: 'orders.tax orders.shipped_at' },
    },
  },
  {
    title: 'order by within an aggregate is window',
    sql: `
      select customer_id, array_agg(id order by placed_at desc, amount) as numbers,
        string_agg(status, ', ' order by shipped_at) as states
      from orders group by customer_id`,
    columns: {
      customer_id: 'orders.customer_id',
      numbers: { direct: '~orders.id', window: 'orders.placed_at orders.amount' },
      states: { direct: '~orders.status', window: 'orders.shipped_at' },
    },
    group: 'orders.customer_id',
  },
  {
    title: 'the first of an ordered array',
    sql: `select customer_id, (array_agg(status order by placed_at))[1] as first_status from orders group by 1`,
    columns: {
      customer_id: 'orders.customer_id',
      first_status: { direct: '~orders.status', window: 'orders.placed_at' },
    },
    group: 'orders.customer_id',
  },
  {
    title: 'within group is direct',
    sql: `
      select department, percentile_cont(0.5) within group (order by salary) as median,
        mode() within group (order by name desc) as commonest
      from employees group by department`,
    columns: {
      department: 'employees.department',
      median: '~employees.salary',
      commonest: '~employees.name',
    },
    group: 'employees.department',
  },
  {
    title: 'within group with a filter',
    sql: `
      select percentile_disc(0.9) within group (order by salary) filter (where hired_on > '2020-01-01') as high
      from employees`,
    columns: { high: { direct: '~employees.salary', condition: 'employees.hired_on' } },
  },
  {
    title: 'having is a filter',
    sql: `
      select customer_id from orders group by customer_id having sum(amount) > 100 and count(shipped_at) > 1`,
    columns: { customer_id: 'orders.customer_id' },
    filter: 'orders.amount orders.shipped_at',
    group: 'orders.customer_id',
  },
  {
    title: 'group by position and by an expression',
    sql: `
      select date_trunc('month', placed_at) as month, lower(status) as status, sum(amount) as total
      from orders group by 1, lower(status)`,
    columns: {
      month: '~orders.placed_at',
      status: '~orders.status',
      total: '~orders.amount',
    },
    group: 'orders.placed_at orders.status',
  },
  {
    title: 'an expression of aggregates',
    sql: `select sum(amount) / nullif(count(*), 0) as average, 100.0 * sum(tax) / sum(amount) as rate from orders`,
    columns: { average: '~orders.amount', rate: '~orders.tax ~orders.amount' },
  },
  {
    title: 'an aggregate in order by alone',
    sql: `select status from orders group by status order by sum(amount) desc`,
    columns: { status: 'orders.status' },
    group: 'orders.status',
    order: 'orders.amount',
  },
  {
    title: 'columns that the primary key decides',
    relations: { people: 'id int primary key, name text, town text' },
    sql: `
      select p.id, p.name, count(o.id) as orders from people p left join orders o on o.customer_id = p.id group by p.id`,
    columns: { id: 'people.id', name: 'people.name', orders: '~orders.id' },
    join: 'orders.customer_id people.id',
    group: 'people.id',
  },
  {
    title: 'an aggregate of an aggregate, by way of a subquery',
    sql: `
      select avg(n) as per_day, max(total) as best
      from (select placed_at::date as day, count(*) as n, sum(amount) as total from orders group by 1) as days`,
    columns: { per_day: '', best: '~orders.amount' },
    group: 'orders.placed_at',
  },
  {
    title: 'bool_and, bool_or and every',
    sql: `
      select bool_or(status = 'open') as any_open, every(amount > tax) as all_good from orders`,
    columns: { any_open: '~orders.status', all_good: '~orders.amount ~orders.tax' },
  },
  {
    title: 'JSON aggregates',
    sql: `
      select order_id, jsonb_agg(jsonb_build_object('line', line, 'price', price) order by line) as lines,
        jsonb_object_agg(product_id, quantity) as quantities
      from items group by order_id`,
    columns: {
      order_id: 'items.order_id',
      lines: { direct: '~items.line ~items.price', window: 'items.line' },
      quantities: '~items.product_id ~items.quantity',
    },
    group: 'items.order_id',
  },
  {
    title: 'statistics of two arguments',
    sql: `select corr(amount, tax) as relation, regr_slope(tax, amount) as slope from orders`,
    columns: { relation: '~orders.amount ~orders.tax', slope: '~orders.tax ~orders.amount' },
  },
  {
    title: 'distinct says nothing of columns',
    sql: `select distinct status, customer_id from orders`,
    columns: { status: 'orders.status', customer_id: 'orders.customer_id' },
  },
  {
    title: 'distinct on is a group',
    sql: `
      select distinct on (customer_id) customer_id, id, amount from orders order by customer_id, placed_at desc`,
    columns: { customer_id: 'orders.customer_id', id: 'orders.id', amount: 'orders.amount' },
    group: 'orders.customer_id',
    order: 'orders.customer_id orders.placed_at',
  },
  {
    title: 'distinct on an expression of two columns, in a CTE',
    sql: `
      with latest as (
        select distinct on (lower(email), country) id, email from customers order by lower(email), country, created_at desc
      )
      select id from latest`,
    columns: { id: 'customers.id' },
    group: 'customers.email customers.country',
    order: 'customers.email customers.country customers.created_at',
  },
  {
    title: 'distinct on a position and an alias',
    sql: `select distinct on (buyer, 2) customer_id as buyer, status as state, amount from orders order by 1, 2, amount`,
    columns: { buyer: 'orders.customer_id', state: 'orders.status', amount: 'orders.amount' },
    group: 'orders.customer_id orders.status',
    order: 'orders.customer_id orders.status orders.amount',
  },
  {
    title: 'rollup',
    sql: `
      select country, city, count(*) as n, grouping(country, city) as level from customers group by rollup (country, city)`,
    columns: { country: 'customers.country', city: 'customers.city', n: '', level: '' },
    group: 'customers.country customers.city',
  },
  {
    title: 'cube of expressions',
    sql: `
      select date_trunc('year', placed_at) as year, status, sum(amount) as total
      from orders group by cube (date_trunc('year', placed_at), status)`,
    columns: { year: '~orders.placed_at', status: 'orders.status', total: '~orders.amount' },
    group: 'orders.placed_at orders.status',
  },
  {
    title: 'grouping sets, one of them empty, beside a plain group',
    sql: `
      select customer_id, status, shipped_at, max(amount) as most
      from orders group by customer_id, grouping sets ((status, shipped_at), (status), ())`,
    columns: {
      customer_id: 'orders.customer_id',
      status: 'orders.status',
      shipped_at: 'orders.shipped_at',
      most: '~orders.amount',
    },
    group: 'orders.customer_id orders.status orders.shipped_at',
  },
  {
    title: 'a case of grouping',
    sql: `
      select case when grouping(status) = 1 then 'all' else status end as status, sum(amount) as total
      from orders group by rollup (status)`,
    columns: { status: '~orders.status', total: '~orders.amount' },
    group: 'orders.status',
  },
]
