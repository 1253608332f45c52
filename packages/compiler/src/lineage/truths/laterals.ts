import type { Truth } from './truth.ts'

export const laterals: readonly Truth[] = [
  {
    title: 'the newest of each, lateral',
    sql: `
      select c.name, o.amount
      from customers c
      left join lateral (
        select amount from orders where customer_id = c.id order by placed_at desc limit 1
      ) o on true`,
    columns: { name: 'customers.name', amount: 'orders.amount' },
    filter: 'orders.customer_id customers.id',
    order: 'orders.placed_at',
  },
  {
    title: 'a name computed once, by cross join lateral',
    sql: `
      select o.id, g.gross, g.gross * 0.1 as part
      from orders o cross join lateral (select o.amount + o.tax as gross) as g
      where g.gross > 10`,
    columns: {
      id: 'orders.id',
      gross: '~orders.amount ~orders.tax',
      part: '~orders.amount ~orders.tax',
    },
    filter: 'orders.amount orders.tax',
  },
  {
    title: 'unpivot with lateral values',
    sql: `
      select q.customer_id, v.quarter, v.amount
      from quarters q
      cross join lateral (values ('q1', q.q1), ('q2', q.q2), ('q3', q.q3), ('q4', q.q4)) as v (quarter, amount)
      where v.amount is not null`,
    columns: {
      customer_id: 'quarters.customer_id',
      quarter: '',
      amount: 'quarters.q1 quarters.q2 quarters.q3 quarters.q4',
    },
    filter: 'quarters.q1 quarters.q2 quarters.q3 quarters.q4',
  },
  {
    title: 'a lateral that reads another lateral',
    sql: `
      select a.doubled, b.tripled
      from orders o, lateral (select o.amount * 2 as doubled) a, lateral (select a.doubled * 1.5 as tripled) b`,
    columns: { doubled: '~orders.amount', tripled: '~orders.amount' },
  },
  {
    title: 'a lateral aggregate',
    sql: `
      select p.id, s.sold, s.last_order
      from products p
      left join lateral (
        select sum(i.quantity) as sold, max(i.order_id) as last_order from items i where i.product_id = p.id
      ) s on s.sold > 0`,
    columns: { id: 'products.id', sold: '~items.quantity', last_order: '~items.order_id' },
    filter: 'items.product_id products.id',
    join: 'items.quantity',
  },
  {
    title: 'unnest of a column of arrays',
    sql: `select c.id, t.tag from customers c cross join unnest(c.tags) as t (tag)`,
    columns: { id: 'customers.id', tag: '~customers.tags' },
  },
  {
    title: 'unnest whose alias is its column',
    sql: `select c.id, tag from customers c, unnest(c.tags) as tag where tag <> 'old'`,
    columns: { id: 'customers.id', tag: '~customers.tags' },
    filter: 'customers.tags',
  },
  {
    title: 'unnest with ordinality',
    sql: `select c.id, t.tag, t.place from customers c, unnest(c.tags) with ordinality as t (tag, place) order by t.place`,
    columns: { id: 'customers.id', tag: '~customers.tags', place: '' },
  },
  {
    title: 'unnest of two arrays side by side',
    relations: { pairs: 'id int, names text[], numbers int[]' },
    sql: `select p.id, u.name, u.number from pairs p, unnest(p.names, p.numbers) as u (name, number)`,
    columns: { id: 'pairs.id', name: '~pairs.names', number: '~pairs.numbers' },
  },
  {
    title: 'rows from two functions',
    relations: { pairs: 'id int, names text[], top int' },
    sql: `
      select u.name, u.number, u.place
      from pairs p, rows from (unnest(p.names), generate_series(1, p.top)) with ordinality as u (name, number, place)`,
    columns: { name: '~pairs.names', number: '~pairs.top', place: '' },
  },
  {
    title: 'unnest in the select list',
    sql: `select id, unnest(tags) as tag from customers`,
    columns: { id: 'customers.id', tag: '~customers.tags' },
  },
  {
    title: 'a series of days within the bounds of a row',
    sql: `
      select s.customer_id, d.day::date as day
      from subscriptions s
      cross join generate_series(s.started_on, coalesce(s.ended_on, current_date), interval '1 day') as d (day)`,
    columns: {
      customer_id: 'subscriptions.customer_id',
      day: '~subscriptions.started_on ~subscriptions.ended_on',
    },
  },
  {
    title: 'a series whose alias is its column',
    sql: `select n, n * 2 as twice from generate_series(1, 10) as n`,
    columns: { n: '', twice: '' },
  },
  {
    title: 'words of a text',
    sql: `
      select d.id, w.word, count(*) as n
      from documents d, regexp_split_to_table(d.title, '\\s+') as w (word)
      group by d.id, w.word`,
    columns: { id: 'documents.id', word: '~documents.title', n: '' },
    group: 'documents.id documents.title',
  },
  {
    title: 'a function that gives no set, in from',
    sql: `select o.id, r.value from orders o, round(o.amount) as r (value)`,
    columns: { id: 'orders.id', value: '~orders.amount' },
  },
  {
    title: 'a function in from without an alias',
    sql: `select o.id, lower from orders o, lower(o.status)`,
    columns: { id: 'orders.id', lower: '~orders.status' },
  },
]
