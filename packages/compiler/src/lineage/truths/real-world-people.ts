import type { Truth } from './truth.ts'

/** Models as analysts write them, about people: customers, users, employees. */
export const realWorldPeople: readonly Truth[] = [
  {
    title: 'a dimension of customers with their first and last order',
    sql: `
      with customers_in as (
        select * from customers
      ),
      orders_in as (
        select * from orders
      ),
      customer_orders as (
        select
          customer_id,
          min(placed_at) as first_order_at,
          max(placed_at) as latest_order_at,
          count(id) as number_of_orders,
          sum(amount) as lifetime_value
        from orders_in
        where status <> 'void'
        group by 1
      ),
      final as (
        select
          c.id as customer_id,
          c.name,
          lower(c.email) as email,
          o.first_order_at,
          o.latest_order_at,
          coalesce(o.number_of_orders, 0) as number_of_orders,
          o.lifetime_value
        from customers_in c
        left join customer_orders o on c.id = o.customer_id
      )
      select * from final`,
    columns: {
      customer_id: 'customers.id',
      name: 'customers.name',
      email: '~customers.email',
      first_order_at: '~orders.placed_at',
      latest_order_at: '~orders.placed_at',
      number_of_orders: '~orders.id',
      lifetime_value: '~orders.amount',
    },
    filter: 'orders.status',
    join: 'customers.id orders.customer_id',
    group: 'orders.customer_id',
  },
  {
    title: 'recency, frequency and money, each in fifths',
    sql: `
      with per_customer as (
        select
          customer_id,
          current_date - max(placed_at)::date as days_since,
          count(*) as orders,
          sum(amount - tax) as net
        from orders
        where status = 'paid'
        group by customer_id
      ),
      scored as (
        select
          *,
          ntile(5) over (order by days_since desc) as recency,
          ntile(5) over (order by orders) as frequency,
          ntile(5) over (order by net) as money
        from per_customer
      )
      select
        s.customer_id,
        c.country,
        s.recency,
        s.frequency,
        s.money,
        s.recency * 100 + s.frequency * 10 + s.money as score,
        case
          when s.recency >= 4 and s.frequency >= 4 then 'champion'
          when s.recency <= 2 then 'at risk'
          else 'other'
        end as segment
      from scored s
      join customers c on c.id = s.customer_id`,
    columns: {
      customer_id: 'orders.customer_id',
      country: 'customers.country',
      recency: { window: 'orders.placed_at' },
      frequency: '',
      money: { window: 'orders.amount orders.tax' },
      score: { window: 'orders.placed_at orders.amount orders.tax' },
      segment: { condition: 'orders.placed_at' },
    },
    filter: 'orders.status',
    join: 'customers.id orders.customer_id',
    group: 'orders.customer_id',
  },
  {
    title: 'sessions of a user, by gaps of half an hour',
    sql: `
      with ordered as (
        select
          id,
          user_id,
          name,
          page,
          at,
          lag(at) over (partition by user_id order by at) as previous_at
        from events
        where name <> 'heartbeat'
      ),
      marked as (
        select
          *,
          case when previous_at is null or at - previous_at > interval '30 minutes' then 1 else 0 end as is_new
        from ordered
      ),
      numbered as (
        select *, sum(is_new) over (partition by user_id order by at) as session_no from marked
      )
      select
        user_id,
        user_id::text || '-' || session_no as session_id,
        min(at) as started_at,
        max(at) - min(at) as lasted,
        count(*) as events,
        (array_agg(page order by at))[1] as landing_page,
        bool_or(name = 'purchase') as converted
      from numbered
      group by user_id, session_no`,
    columns: {
      user_id: 'events.user_id',
      session_id: {
        direct: '~events.user_id',
        condition: 'events.at events.user_id',
        window: 'events.user_id events.at',
      },
      started_at: '~events.at',
      lasted: '~events.at',
      events: '',
      landing_page: { direct: '~events.page', window: 'events.at' },
      converted: '~events.name',
    },
    filter: 'events.name',
    group: 'events.user_id events.at',
  },
  {
    title: 'a funnel of four steps',
    sql: `
      with steps as (
        select
          user_id,
          min(at) filter (where name = 'visit') as visited_at,
          min(at) filter (where name = 'sign_up') as signed_up_at,
          min(at) filter (where name = 'trial') as tried_at,
          min(at) filter (where name = 'purchase') as bought_at
        from events
        where at >= now() - interval '90 days'
        group by user_id
      )
      select
        date_trunc('week', visited_at)::date as week,
        count(*) as visitors,
        count(*) filter (where signed_up_at > visited_at) as signed_up,
        count(tried_at) as tried,
        count(*) filter (where bought_at is not null and tried_at is not null) as bought,
        round(100.0 * count(bought_at) / nullif(count(*), 0), 1) as percent_bought,
        percentile_cont(0.5) within group (order by extract(epoch from bought_at - visited_at)) as median_seconds
      from steps
      where visited_at is not null
      group by 1
      order by 1`,
    columns: {
      week: { direct: '~events.at', condition: 'events.name' },
      visitors: '',
      signed_up: { condition: 'events.at events.name' },
      tried: { direct: '~events.at', condition: 'events.name' },
      bought: { condition: 'events.at events.name' },
      percent_bought: { direct: '~events.at', condition: 'events.name' },
      median_seconds: { direct: '~events.at', condition: 'events.name' },
    },
    filter: 'events.at events.name',
    group: 'events.user_id events.at events.name',
    order: 'events.at events.name',
  },
  {
    title: 'cohorts by month of the first order, and who comes back',
    sql: `
      with firsts as (
        select customer_id, date_trunc('month', min(placed_at)) as cohort from orders group by customer_id
      ),
      active as (
        select distinct customer_id, date_trunc('month', placed_at) as month from orders
      ),
      sizes as (
        select cohort, count(*) as size from firsts group by cohort
      )
      select
        f.cohort,
        s.size,
        extract(year from age(a.month, f.cohort)) * 12 + extract(month from age(a.month, f.cohort)) as month_no,
        count(distinct a.customer_id) as came_back,
        count(distinct a.customer_id)::numeric / s.size as share
      from firsts f
      join active a using (customer_id)
      join sizes s on s.cohort = f.cohort
      group by f.cohort, s.size, 3
      order by f.cohort, month_no`,
    columns: {
      cohort: '~orders.placed_at',
      size: '',
      month_no: '~orders.placed_at',
      came_back: '~orders.customer_id',
      share: '~orders.customer_id',
    },
    join: 'orders.customer_id orders.placed_at',
    group: 'orders.customer_id orders.placed_at',
    order: 'orders.placed_at',
  },
  {
    title: 'duplicates of customers, the newest kept',
    sql: `
      with cleaned as (
        select
          id,
          nullif(trim(name), '') as name,
          lower(trim(email)) as email,
          initcap(city) as city,
          created_at
        from customers
        where email is not null
      ),
      numbered as (
        select
          *,
          row_number() over (partition by email order by created_at desc nulls last, id desc) as rn,
          count(*) over (partition by email) as copies
        from cleaned
      )
      select id, name, email, city, created_at, copies - 1 as dropped
      from numbered
      where rn = 1`,
    columns: {
      id: 'customers.id',
      name: '~customers.name',
      email: '~customers.email',
      city: '~customers.city',
      created_at: 'customers.created_at',
      dropped: { window: 'customers.email' },
    },
    filter: 'customers.email customers.created_at customers.id',
  },
  {
    title: 'a hierarchy of employees with pay below and above',
    sql: `
      with recursive reporting as (
        select id, name, manager_id, department, salary, id as top_id, 0 as level
        from employees
        where manager_id is null
        union all
        select e.id, e.name, e.manager_id, coalesce(e.department, r.department), e.salary, r.top_id, r.level + 1
        from employees e
        join reporting r on r.id = e.manager_id
      ),
      below as (
        select manager_id, count(*) as direct_reports, avg(salary) as mean_salary
        from reporting
        group by manager_id
      )
      select
        r.id,
        r.name,
        r.department,
        r.level,
        t.name as top_name,
        b.direct_reports,
        r.salary - b.mean_salary as above_reports
      from reporting r
      left join below b on b.manager_id = r.id
      left join employees t on t.id = r.top_id
      where r.level < 6`,
    columns: {
      id: 'employees.id',
      name: 'employees.name',
      department: 'employees.department ~employees.department',
      level: '',
      top_name: 'employees.name',
      direct_reports: '',
      above_reports: '~employees.salary',
    },
    filter: 'employees.manager_id',
    join: 'employees.id employees.manager_id',
    group: 'employees.manager_id',
  },
  {
    title: 'monthly recurring revenue from subscriptions, by a spine of months',
    sql: `
      with months as (
        select generate_series(date '2023-01-01', date '2024-12-01', interval '1 month')::date as month
      ),
      active as (
        select m.month, s.customer_id, s.plan, s.price
        from months m
        join subscriptions s
          on s.started_on <= m.month
          and coalesce(s.ended_on, date '9999-12-31') > m.month
      ),
      with_previous as (
        select
          month,
          customer_id,
          plan,
          price as mrr,
          lag(price) over w as previous_mrr,
          lag(month) over w as previous_month
        from active
        window w as (partition by customer_id order by month)
      )
      select
        month,
        sum(mrr) as mrr,
        sum(case when previous_month is null then mrr else 0 end) as new_mrr,
        sum(greatest(mrr - previous_mrr, 0)) as expansion,
        sum(least(mrr - previous_mrr, 0)) as contraction,
        count(distinct customer_id) filter (where plan <> 'free') as payers
      from with_previous
      group by month
      order by month`,
    columns: {
      month: '',
      mrr: '~subscriptions.price',
      new_mrr: { direct: '~subscriptions.price', condition: 'subscriptions.customer_id' },
      expansion: { direct: '~subscriptions.price', window: 'subscriptions.customer_id' },
      contraction: { direct: '~subscriptions.price', window: 'subscriptions.customer_id' },
      payers: { direct: '~subscriptions.customer_id', condition: 'subscriptions.plan' },
    },
    join: 'subscriptions.started_on subscriptions.ended_on',
  },
  {
    title: 'touches before a purchase, the last one credited',
    sql: `
      with purchases as (
        select id as purchase_id, user_id, at as purchased_at, (properties->>'value')::numeric as value
        from events
        where name = 'purchase'
      ),
      touches as (
        select user_id, at as touched_at, properties->'utm'->>'source' as source, properties->'utm'->>'campaign' as campaign
        from events
        where properties ? 'utm'
      ),
      joined as (
        select
          p.purchase_id,
          p.value,
          t.source,
          t.campaign,
          row_number() over (partition by p.purchase_id order by t.touched_at desc) as recency
        from purchases p
        left join touches t on t.user_id = p.user_id and t.touched_at <= p.purchased_at
      )
      select
        coalesce(source, 'direct') as source,
        campaign,
        count(*) as purchases,
        sum(value) as revenue
      from joined
      where recency = 1
      group by 1, 2`,
    columns: {
      source: '~events.properties->utm->source',
      campaign: 'events.properties->utm->campaign',
      purchases: '',
      revenue: '~events.properties->value',
    },
    filter: 'events.name events.properties events.id events.at',
    join: 'events.user_id events.at',
    group: 'events.properties->utm->source events.properties->utm->campaign',
  },
  {
    title: 'days in a row on which a user came',
    sql: `
      with days as (
        select distinct user_id, at::date as day from events
      ),
      islands as (
        select user_id, day, day - (row_number() over (partition by user_id order by day))::int as island from days
      ),
      streaks as (
        select user_id, island, min(day) as began_on, max(day) as ended_on, count(*) as length
        from islands
        group by user_id, island
      )
      select distinct on (user_id) user_id, began_on, ended_on, length
      from streaks
      order by user_id, length desc, began_on`,
    columns: {
      user_id: 'events.user_id',
      began_on: '~events.at',
      ended_on: '~events.at',
      length: '',
    },
    group: 'events.user_id events.at',
    order: 'events.user_id events.at',
  },
]
