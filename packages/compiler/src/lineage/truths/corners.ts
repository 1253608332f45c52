import type { Truth } from './truth.ts'

/** Written after the resolver passed all others, to see what it makes of queries that it was not made with. */
export const corners: readonly Truth[] = [
  {
    title: 'a field of a whole row',
    sql: `select (o).status, (o).amount * 2 as twice from orders as o`,
    columns: { status: 'orders.status', twice: '~orders.amount' },
  },
  {
    title: 'values of the row in a scalar subquery with an ordered aggregate',
    sql: `
      select (select array_agg(x.v order by x.v) from (values (o.amount), (o.tax)) as x (v)) as both_values from orders o`,
    columns: {
      both_values: { direct: '~orders.amount ~orders.tax', window: 'orders.amount orders.tax' },
    },
  },
  {
    title: 'in with a subquery within a condition of a case',
    sql: `
      select case when status in (select plan from subscriptions where ended_on is null) then amount end as a from orders`,
    columns: { a: { direct: '~orders.amount', condition: 'orders.status subscriptions.plan' } },
    filter: 'subscriptions.ended_on',
  },
  {
    title: 'coalesce of a scalar subquery',
    sql: `
      select o.id, coalesce((select max(p.amount) from payments p where p.order_id = o.id), 0) as paid from orders o`,
    columns: { id: 'orders.id', paid: '~payments.amount' },
    filter: 'payments.order_id orders.id',
  },
  {
    title: 'a lateral joined with using',
    sql: `
      select customer_id, l.total
      from subscriptions s
      join lateral (select customer_id, sum(amount) as total from orders group by customer_id) l using (customer_id)`,
    columns: { customer_id: 'subscriptions.customer_id', total: '~orders.amount' },
    join: 'subscriptions.customer_id orders.customer_id',
    group: 'orders.customer_id',
  },
  {
    title: 'a natural join of CTEs',
    sql: `
      with a as (select customer_id, count(*) as orders from orders group by 1),
        b as (select customer_id, max(price) as price from subscriptions group by 1)
      select * from a natural left join b`,
    columns: { customer_id: 'orders.customer_id', orders: '', price: '~subscriptions.price' },
    join: 'orders.customer_id subscriptions.customer_id',
    group: 'orders.customer_id subscriptions.customer_id',
  },
  {
    title: 'exists with a join, a group and a having',
    sql: `
      select o.id from orders o
      where exists (
        select 1 from items i join products p on p.id = i.product_id
        where i.order_id = o.id group by p.category having sum(i.quantity) > 1
      )`,
    columns: { id: 'orders.id' },
    filter: 'products.id items.product_id items.order_id orders.id products.category items.quantity',
  },
  {
    title: 'quartiles by an array of fractions',
    sql: `select percentile_cont(array[0.25, 0.75]) within group (order by amount) as quartiles from orders`,
    columns: { quartiles: '~orders.amount' },
  },
  {
    title: 'the rank that a value would have',
    sql: `select rank(50) within group (order by amount) as place from orders`,
    columns: { place: { window: 'orders.amount' } },
  },
  {
    title: 'a path language, and a test of membership in a list',
    sql: `
      select jsonb_path_query_first(data, '$.a.b') as b,
        data->>'kind' = any(string_to_array(data->>'kinds', ',')) as is_listed
      from records`,
    columns: { b: '~records.data', is_listed: '~records.data->kind ~records.data->kinds' },
  },
  {
    title: 'a series in the select list',
    sql: `select customer_id, generate_series(started_on, ended_on, interval '1 month')::date as month from subscriptions`,
    columns: {
      customer_id: 'subscriptions.customer_id',
      month: '~subscriptions.started_on ~subscriptions.ended_on',
    },
  },
  {
    title: 'unpivot by unnest of an array',
    sql: `
      select q.customer_id, u.amount, u.quarter
      from quarters q cross join unnest(array[q.q1, q.q2, q.q3, q.q4]) with ordinality as u (amount, quarter)`,
    columns: {
      customer_id: 'quarters.customer_id',
      amount: '~quarters.q1 ~quarters.q2 ~quarters.q3 ~quarters.q4',
      quarter: '',
    },
  },
  {
    title: 'an alias of a subquery that is named as a table',
    sql: `select orders.id, orders.name from (select id, name from customers) as orders`,
    columns: { id: 'customers.id', name: 'customers.name' },
  },
  {
    title: 'a union within a lateral',
    sql: `
      select c.id, h.at
      from customers c
      cross join lateral (
        select o.placed_at as at from orders o where o.customer_id = c.id
        union all
        select e.at from events e where e.user_id = c.id
      ) h`,
    columns: { id: 'customers.id', at: 'orders.placed_at events.at' },
    filter: 'orders.customer_id customers.id events.user_id',
  },
  {
    title: 'in with values',
    sql: `select id from orders where status in (values ('a'), ('b'))`,
    columns: { id: 'orders.id' },
    filter: 'orders.status',
  },
  {
    title: 'a natural left join by four columns',
    sql: `select o.tax from orders o natural left join old_orders n`,
    columns: { tax: 'orders.tax' },
    join: `orders.id old_orders.id orders.customer_id old_orders.customer_id orders.status old_orders.status
      orders.amount old_orders.amount`,
  },
  {
    title: 'exists in a filter of an aggregate',
    sql: `
      select count(*) filter (where exists (select 1 from orders o where o.customer_id = c.id)) as buyers from customers c`,
    columns: { buyers: { condition: 'orders.customer_id customers.id' } },
  },
  {
    title: 'a whole row of a subquery',
    sql: `select t from (select id, upper(status) as status from orders) as t`,
    columns: { t: '~orders.id ~orders.status' },
  },
  {
    title: 'a sample, and only the table itself',
    sql: `select a.id, b.name from orders as a tablesample bernoulli (10) join only customers as b on b.id = a.customer_id`,
    columns: { id: 'orders.id', name: 'customers.name' },
    join: 'customers.id orders.customer_id',
  },
  {
    title: 'an alias that is the name of another column, ordered by',
    sql: `select status as id, id as status from orders order by id`,
    columns: { id: 'orders.status', status: 'orders.id' },
    order: 'orders.status',
  },
  {
    title: 'group by takes the column, not the alias of its name',
    sql: `select lower(city) as country, count(*) as n from customers group by city, country`,
    columns: { country: '~customers.city', n: '' },
    group: 'customers.city customers.country',
  },
  {
    title: 'an expression in order by takes the column, not the alias',
    sql: `select tax as amount, amount as tax from orders order by amount + 1`,
    columns: { amount: 'orders.tax', tax: 'orders.amount' },
    order: 'orders.amount',
  },
  {
    title: 'a set operation in a subquery of where',
    sql: `
      select id from orders
      where id in (select order_id from payments union select order_id from items where quantity > 1)`,
    columns: { id: 'orders.id' },
    filter: 'orders.id payments.order_id items.order_id items.quantity',
  },
  {
    title: 'a CTE within the first part of a recursion',
    sql: `
      with recursive r as (
        (with s as (select id, referrer_id from customers where country = 'IT') select id, referrer_id, 0 as depth from s)
        union all
        select c.id, c.referrer_id, r.depth + 1 from customers c join r on c.referrer_id = r.id
      )
      select id, depth from r`,
    columns: { id: 'customers.id', depth: '' },
    filter: 'customers.country',
    join: 'customers.referrer_id customers.id',
  },
  {
    title: 'columns of a type taken out of JSON',
    sql: `select p.site, p.visit_no from records r cross join lateral jsonb_populate_record(null::visits, r.data->'visit') as p`,
    columns: { site: 'records.data->visit->site', visit_no: 'records.data->visit->visit_no' },
  },
  {
    title: 'a window over a case with an aggregate, in a CTE that is grouped',
    sql: `
      with monthly as (
        select customer_id, date_trunc('month', placed_at) as month, sum(amount) as total from orders group by 1, 2
      )
      select customer_id, month,
        total - lag(total) over w as change,
        case when lag(total) over w is null then 'first' when total > lag(total) over w then 'up' else 'down' end as trend
      from monthly
      window w as (partition by customer_id order by month)`,
    columns: {
      customer_id: 'orders.customer_id',
      month: '~orders.placed_at',
      change: { direct: '~orders.amount', window: 'orders.customer_id orders.placed_at' },
      trend: { condition: 'orders.amount orders.customer_id orders.placed_at' },
    },
    group: 'orders.customer_id orders.placed_at',
  },
  {
    title: 'columns with dashes, capitals and words of SQL',
    relations: { odd: '"a-b" int, "Select" int, "order" int, "ä" int' },
    sql: `select o."a-b" + o."Select" as sum, "order", "ä" as a from odd as o order by "order"`,
    columns: { sum: '~odd.a-b ~odd.Select', order: 'odd.order', a: 'odd.ä' },
    order: 'odd.order',
  },
  {
    title: 'three unions with a CTE each, and a star above them',
    sql: `
      with a as (select id, amount from orders where status = 'x'), b as (select id, amount from old_orders),
        c as (select order_id as id, sum(amount) as amount from payments group by 1),
        united as (select 'a' as origin, * from a union all select 'b', * from b union all select 'c', * from c)
      select origin, id, sum(amount) over (partition by origin order by id) as running from united where id > 0`,
    columns: {
      origin: '',
      id: 'orders.id old_orders.id payments.order_id',
      running: {
        direct: '~orders.amount ~old_orders.amount ~payments.amount',
        window: 'orders.id old_orders.id payments.order_id',
      },
    },
    filter: 'orders.status orders.id old_orders.id payments.order_id',
    group: 'payments.order_id',
  },
  {
    title: 'a join tree with using twice over the merged column',
    sql: `
      select customer_id, q.q1, s.plan, o.status
      from quarters q full join subscriptions s using (customer_id) full join orders o using (customer_id)
      where customer_id > 3`,
    columns: {
      customer_id: '~quarters.customer_id ~subscriptions.customer_id ~orders.customer_id',
      q1: 'quarters.q1',
      plan: 'subscriptions.plan',
      status: 'orders.status',
    },
    filter: 'quarters.customer_id subscriptions.customer_id orders.customer_id',
    join: 'quarters.customer_id subscriptions.customer_id orders.customer_id',
  },
  {
    title: 'an update of names by two levels of lateral aliases',
    sql: `
      select c.id, b.domain, b.is_free
      from customers c
      cross join lateral (select split_part(lower(c.email), '@', 2) as domain) as a
      cross join lateral (select a.domain, a.domain in ('gmail.com', 'gmx.de') as is_free) as b
      where b.domain <> ''`,
    columns: { id: 'customers.id', domain: '~customers.email', is_free: '~customers.email' },
    filter: 'customers.email',
  },
  {
    title: 'aggregates over the elements of an array beside a group',
    sql: `
      select r.source_instance_id, count(distinct e->>'code') as codes, min((e->>'at')::date) as first_on
      from records r left join lateral jsonb_array_elements(r.data->'elements') as e on e->>'at' is not null
      group by r.source_instance_id`,
    columns: {
      source_instance_id: 'records.source_instance_id',
      codes: '~records.data->elements->[]->code',
      first_on: '~records.data->elements->[]->at',
    },
    join: 'records.data->elements->[]->at',
    group: 'records.source_instance_id',
  },
  {
    title: 'a column of an outer query two levels down, by the alias of a CTE',
    sql: `
      with c as (select id, created_at as since from customers)
      select c.id, (
        select max((select max(p.paid_at) from payments p where p.order_id = o.id and p.paid_at > c.since))
        from orders o where o.customer_id = c.id
      ) as last_paid_at
      from c`,
    columns: { id: 'customers.id', last_paid_at: '~payments.paid_at' },
    filter:
      'payments.order_id orders.id payments.paid_at customers.created_at orders.customer_id customers.id',
  },
  {
    title: 'grouping sets over expressions and an alias, with having and a filter',
    sql: `
      select coalesce(status, 'all') as status, extract(year from placed_at) as year,
        sum(amount) filter (where tax > 0) as taxed
      from orders
      group by grouping sets ((status, extract(year from placed_at)), (extract(year from placed_at)))
      having count(distinct customer_id) > 1`,
    columns: {
      status: '~orders.status',
      year: '~orders.placed_at',
      taxed: { direct: '~orders.amount', condition: 'orders.tax' },
    },
    filter: 'orders.customer_id',
    group: 'orders.status orders.placed_at',
  },
]
