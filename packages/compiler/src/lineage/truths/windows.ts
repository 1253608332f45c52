import type { Truth } from './truth.ts'

export const windows: readonly Truth[] = [
  {
    title: 'row_number: nothing direct',
    sql: `select id, row_number() over (partition by customer_id order by placed_at desc) as rn from orders`,
    columns: {
      id: 'orders.id',
      rn: { window: 'orders.customer_id orders.placed_at' },
    },
  },
  {
    title: 'a running total',
    sql: `
      select id, sum(amount) over (partition by customer_id order by placed_at rows unbounded preceding) as running
      from orders`,
    columns: {
      id: 'orders.id',
      running: { direct: '~orders.amount', window: 'orders.customer_id orders.placed_at' },
    },
  },
  {
    title: 'lag and lead with arithmetic',
    sql: `
      select placed_at - lag(placed_at) over (partition by customer_id order by placed_at) as since,
        lead(amount, 1, tax) over (order by id) as next_amount
      from orders`,
    columns: {
      since: { direct: '~orders.placed_at', window: 'orders.customer_id orders.placed_at' },
      next_amount: { direct: '~orders.amount ~orders.tax', window: 'orders.id' },
    },
  },
  {
    title: 'a named window, and one upon it',
    sql: `
      select first_value(status) over w as first_status, rank() over (w order by amount) as place,
        count(*) over () as all_rows
      from orders window w as (partition by customer_id)`,
    columns: {
      first_status: { direct: '~orders.status', window: 'orders.customer_id' },
      place: { window: 'orders.customer_id orders.amount' },
      all_rows: '',
    },
  },
  {
    title: 'a named window upon a named window',
    sql: `
      select avg(amount) over w2 as mean from orders window w1 as (partition by status), w2 as (w1 order by placed_at)`,
    columns: { mean: { direct: '~orders.amount', window: 'orders.status orders.placed_at' } },
  },
  {
    title: 'a window over aggregates',
    sql: `
      select status, sum(amount) as total, sum(sum(amount)) over () as all_total,
        rank() over (order by sum(tax) desc) as place
      from orders group by status`,
    columns: {
      status: 'orders.status',
      total: '~orders.amount',
      all_total: '~orders.amount',
      place: { window: 'orders.tax' },
    },
    group: 'orders.status',
  },
  {
    title: 'a share of the whole',
    sql: `select id, amount / sum(amount) over (partition by status) as share from orders`,
    columns: { id: 'orders.id', share: { direct: '~orders.amount', window: 'orders.status' } },
  },
  {
    title: 'a filter of a window aggregate',
    sql: `
      select id, count(*) filter (where status = 'open') over (partition by customer_id) as open from orders`,
    columns: {
      id: 'orders.id',
      open: { condition: 'orders.status', window: 'orders.customer_id' },
    },
  },
  {
    title: 'a case in a window',
    sql: `
      select sum(case when status = 'open' then 1 else 0 end)
        over (partition by case when tax > 0 then 'a' else 'b' end order by placed_at) as flags
      from orders`,
    columns: {
      flags: { condition: 'orders.status', window: 'orders.tax orders.placed_at' },
    },
  },
  {
    title: 'the newest of each by row_number',
    sql: `
      with ranked as (
        select *, row_number() over (partition by source_instance_id, data->>'id' order by loaded_at desc) as rn
        from records
      )
      select id, data->>'name' as name from ranked where rn = 1`,
    columns: { id: 'records.id', name: 'records.data->name' },
    filter: 'records.source_instance_id records.data->id records.loaded_at',
  },
  {
    title: 'a window of a window, by way of a CTE',
    sql: `
      with gaps as (
        select user_id, at, at - lag(at) over (partition by user_id order by at) as gap from events
      )
      select user_id, sum(case when gap > interval '30 minutes' then 1 else 0 end) over (partition by user_id order by at) as session
      from gaps`,
    columns: {
      user_id: 'events.user_id',
      session: {
        condition: 'events.at events.user_id',
        window: 'events.user_id events.at',
      },
    },
  },
  {
    title: 'a column of a window passed on keeps its window',
    sql: `
      select r.place + 1 as next_place
      from (select rank() over (partition by department order by salary) as place from employees) as r`,
    columns: { next_place: { window: 'employees.department employees.salary' } },
  },
  {
    title: 'ntile, percent_rank, nth_value',
    sql: `
      select ntile(4) over (order by amount) as quarter, percent_rank() over (order by tax) as share,
        nth_value(status, 2) over (partition by customer_id order by id) as second
      from orders`,
    columns: {
      quarter: { window: 'orders.amount' },
      share: { window: 'orders.tax' },
      second: { direct: '~orders.status', window: 'orders.customer_id orders.id' },
    },
  },
  {
    title: 'a window function in order by',
    sql: `select id from orders order by row_number() over (partition by status order by amount)`,
    columns: { id: 'orders.id' },
    order: 'orders.status orders.amount',
  },
  {
    title: 'ordered by a column that is numbered',
    sql: `select id, row_number() over (order by amount) as rn from orders order by rn`,
    columns: { id: 'orders.id', rn: { window: 'orders.amount' } },
    order: 'orders.amount',
  },
  {
    title: 'a range frame of an interval',
    sql: `
      select sum(amount) over (order by placed_at range between interval '7 days' preceding and current row) as week
      from orders`,
    columns: { week: { direct: '~orders.amount', window: 'orders.placed_at' } },
  },
]
