import type { Truth } from './truth.ts'

export const expressions: readonly Truth[] = [
  {
    title: 'a column as it is',
    sql: `select id, amount as total from orders`,
    columns: { id: 'orders.id', total: 'orders.amount' },
  },
  {
    title: 'a column with its table and with an alias',
    sql: `select orders.id, orders.status from orders`,
    columns: { id: 'orders.id', status: 'orders.status' },
  },
  {
    title: 'a cast is the value itself',
    sql: `select id::text as id, cast(amount as integer) as amount from orders`,
    columns: { id: 'orders.id', amount: 'orders.amount' },
  },
  {
    title: 'casts and parentheses upon each other',
    sql: `select (((amount))::text)::varchar(10) as shown from orders`,
    columns: { shown: 'orders.amount' },
  },
  {
    title: 'arithmetic of two columns',
    sql: `select amount + tax as gross, amount * 2 as twice, - amount as negative from orders`,
    columns: { gross: '~orders.amount ~orders.tax', twice: '~orders.amount', negative: '~orders.amount' },
  },
  {
    title: 'literals and functions without arguments come from nothing',
    sql: `select 1 as one, 'x' as letter, null as nothing, now() as at, current_date, current_user from orders`,
    columns: { one: '', letter: '', nothing: '', at: '', current_date: '', current_user: '' },
  },
  {
    title: 'names that Postgres gives to what has none',
    sql: `select lower(name), coalesce(city, country), 1, case when id > 1 then city end,
        case when id > 1 then city else country end
      from customers`,
    columns: {
      lower: '~customers.name',
      coalesce: '~customers.city ~customers.country',
      '?column?': '',
      case: { direct: '~customers.city', condition: 'customers.id' },
      country: { direct: '~customers.city ~customers.country', condition: 'customers.id' },
    },
  },
  {
    title: 'nested functions',
    sql: `select upper(trim(both from substring(name from 1 for 3))) as short from customers`,
    columns: { short: '~customers.name' },
  },
  {
    title: 'concatenation',
    sql: `select name || ' <' || email || '>' as address, concat_ws(', ', city, country) as place from customers`,
    columns: {
      address: '~customers.name ~customers.email',
      place: '~customers.city ~customers.country',
    },
  },
  {
    title: 'coalesce, nullif, greatest and least',
    sql: `
      select coalesce(email, name, 'none') as contact, nullif(city, '') as city,
        greatest(id, referrer_id) as larger, least(id, 7) as smaller
      from customers`,
    columns: {
      contact: '~customers.email ~customers.name',
      city: '~customers.city',
      larger: '~customers.id ~customers.referrer_id',
      smaller: '~customers.id',
    },
  },
  {
    title: 'a comparison as a value',
    sql: `
      select amount > tax as big, status = 'open' as is_open, shipped_at is null as waits,
        status in ('a', 'b') as known, amount between 1 and tax as within, status like 'x%' as alike,
        not (status = 'paid') as unpaid
      from orders`,
    columns: {
      big: '~orders.amount ~orders.tax',
      is_open: '~orders.status',
      waits: '~orders.shipped_at',
      known: '~orders.status',
      within: '~orders.amount ~orders.tax',
      alike: '~orders.status',
      unpaid: '~orders.status',
    },
  },
  {
    title: 'and, or, is true as values',
    sql: `select (status = 'open' and amount > 0) or tax is null as odd, (amount > 1) is true as sure from orders`,
    columns: { odd: '~orders.status ~orders.amount ~orders.tax', sure: '~orders.amount' },
  },
  {
    title: 'is distinct from',
    sql: `select placed_at is distinct from shipped_at as differs from orders`,
    columns: { differs: '~orders.placed_at ~orders.shipped_at' },
  },
  {
    title: 'dates: extract, date_trunc, at time zone, intervals',
    sql: `
      select extract(year from placed_at) as year, date_trunc('month', placed_at) as month,
        placed_at at time zone 'Europe/Berlin' as local, shipped_at - placed_at as took,
        placed_at + interval '1 day' as due
      from orders`,
    columns: {
      year: '~orders.placed_at',
      month: '~orders.placed_at',
      local: '~orders.placed_at',
      took: '~orders.shipped_at ~orders.placed_at',
      due: '~orders.placed_at',
    },
  },
  {
    title: 'overlaps of two spans',
    sql: `select (started_on, ended_on) overlaps (date '2024-01-01', date '2024-12-31') as active from subscriptions`,
    columns: { active: '~subscriptions.started_on ~subscriptions.ended_on' },
  },
  {
    title: 'arrays: constructor, subscript, slice, any',
    sql: `
      select array[name, email] as both_names, tags[1] as first_tag, tags[1:2] as first_tags,
        'vip' = any(tags) as is_vip, city = any(array[country, name]) as odd
      from customers`,
    columns: {
      both_names: '~customers.name ~customers.email',
      first_tag: '~customers.tags',
      first_tags: '~customers.tags',
      is_vip: '~customers.tags',
      odd: '~customers.city ~customers.country ~customers.name',
    },
  },
  {
    title: 'a row constructor',
    sql: `select row(id, name) as pair, (id, city) = (1, 'Rome') as same from customers`,
    columns: { pair: '~customers.id ~customers.name', same: '~customers.id ~customers.city' },
  },
  {
    title: 'a filter and an order',
    sql: `select id from orders where status = 'open' and amount > 10 order by placed_at desc`,
    columns: { id: 'orders.id' },
    filter: 'orders.status orders.amount',
    order: 'orders.placed_at',
  },
  {
    title: 'order by an alias, by a position and by an expression',
    sql: `select id, amount + tax as gross, status from orders order by gross, 3, lower(status)`,
    columns: { id: 'orders.id', gross: '~orders.amount ~orders.tax', status: 'orders.status' },
    order: 'orders.amount orders.tax orders.status',
  },
  {
    title: 'an alias goes before a column in order by, and after it in group by',
    sql: `select lower(status) as amount, sum(tax) as tax from orders group by status order by amount`,
    columns: { amount: '~orders.status', tax: '~orders.tax' },
    group: 'orders.status',
    order: 'orders.status',
  },
  {
    title: 'limit and offset',
    sql: `select id from orders order by id limit 10 offset 5`,
    columns: { id: 'orders.id' },
    order: 'orders.id',
  },
  {
    title: 'quoted names',
    relations: { 'Mixed Case': '"Id" int, "Full Name" text, plain text' },
    sql: `select m."Id", m."Full Name" as name, "plain" from "Mixed Case" as m where m."Id" > 0`,
    columns: {
      Id: 'Mixed_Case.Id',
      name: 'Mixed_Case.Full_Name',
      plain: 'Mixed_Case.plain',
    },
    filter: 'Mixed_Case.Id',
  },
  {
    title: 'names in capitals are folded',
    sql: `SELECT O.ID, O.Status AS State FROM Orders O`,
    columns: { id: 'orders.id', state: 'orders.status' },
  },
  {
    title: 'a schema before the table',
    sql: `select patients.id, bronze.patients.source_instance_id as instance from bronze.patients`,
    columns: { id: 'bronze.patients.id', instance: 'bronze.patients.source_instance_id' },
  },
  {
    title: 'a query that reads nothing',
    sql: `select 1 as one, 'a'::text as letter`,
    columns: { one: '', letter: '' },
  },
  {
    title: 'comments and letters outside of ASCII do not move anything',
    sql: `select /* größer */ name as "größe", -- ß
      'é' || city as ort from customers`,
    columns: { größe: 'customers.name', ort: '~customers.city' },
  },
  {
    title: 'an alias with a list of columns',
    sql: `select o.number, o.buyer, o.status from orders as o (number, buyer)`,
    columns: { number: 'orders.id', buyer: 'orders.customer_id', status: 'orders.status' },
  },
  {
    title: 'collate and a typed literal',
    sql: `select name collate "C" as name, date '2024-01-01' as day from customers order by name collate "C"`,
    columns: { name: 'customers.name', day: '' },
    order: 'customers.name',
  },
  {
    title: 'named and variadic arguments',
    sql: `select make_interval(days => id, hours => referrer_id) as span, concat(variadic tags) as text from customers`,
    columns: { span: '~customers.id ~customers.referrer_id', text: '~customers.tags' },
  },
]
