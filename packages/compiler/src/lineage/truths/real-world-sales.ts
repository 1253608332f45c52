import type { Truth } from './truth.ts'

/** Models as analysts write them, about what is sold and paid. */
export const realWorldSales: readonly Truth[] = [
  {
    title: 'orders with their payments by method, pivoted',
    sql: `
      with order_payments as (
        select
          order_id,
          sum(case when method = 'card' then amount else 0 end) as card_amount,
          sum(case when method = 'coupon' then amount else 0 end) as coupon_amount,
          sum(case when method = 'transfer' then amount else 0 end) as transfer_amount,
          sum(amount) as total_amount
        from payments
        group by order_id
      )
      select
        o.id as order_id,
        o.customer_id,
        o.placed_at::date as ordered_on,
        o.status,
        p.card_amount,
        p.coupon_amount,
        p.transfer_amount,
        p.total_amount,
        o.amount - coalesce(p.total_amount, 0) as open_amount
      from orders o
      left join order_payments p on p.order_id = o.id`,
    columns: {
      order_id: 'orders.id',
      customer_id: 'orders.customer_id',
      ordered_on: 'orders.placed_at',
      status: 'orders.status',
      card_amount: { direct: '~payments.amount', condition: 'payments.method' },
      coupon_amount: { direct: '~payments.amount', condition: 'payments.method' },
      transfer_amount: { direct: '~payments.amount', condition: 'payments.method' },
      total_amount: '~payments.amount',
      open_amount: '~orders.amount ~payments.amount',
    },
    join: 'payments.order_id orders.id',
    group: 'payments.order_id',
  },
  {
    title: 'revenue of each day on a spine of days, with gaps at zero',
    sql: `
      with bounds as (
        select min(placed_at)::date as first_day, max(placed_at)::date as last_day from orders
      ),
      spine as (
        select d::date as day from bounds, generate_series(first_day, last_day, interval '1 day') as d
      ),
      daily as (
        select placed_at::date as day, sum(amount) as revenue, count(*) as orders
        from orders
        where status in ('paid', 'shipped')
        group by 1
      )
      select
        s.day,
        coalesce(d.revenue, 0) as revenue,
        coalesce(d.orders, 0) as orders,
        avg(coalesce(d.revenue, 0)) over (order by s.day rows between 6 preceding and current row) as weekly_mean,
        d.revenue is null as is_gap
      from spine s
      left join daily d on d.day = s.day`,
    columns: {
      day: '~orders.placed_at',
      revenue: '~orders.amount',
      orders: '',
      weekly_mean: { direct: '~orders.amount', window: 'orders.placed_at' },
      is_gap: '~orders.amount',
    },
    filter: 'orders.status',
    join: 'orders.placed_at',
    group: 'orders.placed_at',
  },
  {
    title: 'lines at the rate of their day',
    sql: `
      with lines as (
        select
          i.order_id,
          i.line,
          i.quantity * i.price as value,
          o.placed_at::date as day,
          coalesce(p.attributes->>'currency', 'EUR') as currency
        from items i
        join orders o on o.id = i.order_id
        left join products p on p.id = i.product_id
      )
      select
        l.order_id,
        l.line,
        l.currency,
        l.value,
        round(l.value * coalesce(r.rate, 1), 2) as value_in_euro
      from lines l
      left join rates r
        on r.currency = l.currency
        and l.day >= r.valid_from
        and (l.day < r.valid_to or r.valid_to is null)`,
    columns: {
      order_id: 'items.order_id',
      line: 'items.line',
      currency: '~products.attributes->currency',
      value: '~items.quantity ~items.price',
      value_in_euro: '~items.quantity ~items.price ~rates.rate',
    },
    join: `orders.id items.order_id products.id items.product_id rates.currency products.attributes->currency
      orders.placed_at rates.valid_from rates.valid_to`,
  },
  {
    title: 'products that are bought together',
    sql: `
      with baskets as (
        select distinct i.order_id, i.product_id
        from items i
        where i.quantity > 0
      ),
      pairs as (
        select a.product_id as one_id, b.product_id as other_id, count(*) as together
        from baskets a
        join baskets b on b.order_id = a.order_id and a.product_id < b.product_id
        group by 1, 2
      ),
      singles as (
        select product_id, count(*) as n from baskets group by product_id
      )
      select
        p1.name as one,
        p2.name as other,
        pairs.together,
        pairs.together::numeric / s1.n as confidence,
        p1.category = p2.category as is_same_category
      from pairs
      join singles s1 on s1.product_id = pairs.one_id
      join products p1 on p1.id = pairs.one_id
      join products p2 on p2.id = pairs.other_id
      where pairs.together >= 5
      order by pairs.together desc, p1.name
      limit 100`,
    columns: {
      one: 'products.name',
      other: 'products.name',
      together: '',
      confidence: '',
      is_same_category: '~products.category',
    },
    filter: 'items.quantity',
    join: 'items.order_id items.product_id products.id',
    group: 'items.product_id',
    order: 'products.name',
  },
  {
    title: 'quarters unpivoted by unions and compared with the year before',
    sql: `
      with long as (
        select customer_id, 1 as quarter, q1 as amount from quarters
        union all
        select customer_id, 2, q2 from quarters
        union all
        select customer_id, 3, q3 from quarters
        union all
        select customer_id, 4, q4 from quarters
      ),
      compared as (
        select
          customer_id,
          quarter,
          amount,
          lag(amount) over (partition by customer_id order by quarter) as previous
        from long
      )
      select
        customer_id,
        quarter,
        amount,
        previous,
        amount - previous as change,
        case when previous > 0 then round(amount / previous - 1, 3) end as growth
      from compared
      where amount is not null`,
    columns: {
      customer_id: 'quarters.customer_id',
      quarter: '',
      amount: 'quarters.q1 quarters.q2 quarters.q3 quarters.q4',
      previous: {
        direct: '~quarters.q1 ~quarters.q2 ~quarters.q3 ~quarters.q4',
        window: 'quarters.customer_id',
      },
      change: {
        direct: '~quarters.q1 ~quarters.q2 ~quarters.q3 ~quarters.q4',
        window: 'quarters.customer_id',
      },
      growth: {
        direct: '~quarters.q1 ~quarters.q2 ~quarters.q3 ~quarters.q4',
        condition: 'quarters.q1 quarters.q2 quarters.q3 quarters.q4 quarters.customer_id',
        window: 'quarters.customer_id',
      },
    },
    filter: 'quarters.q1 quarters.q2 quarters.q3 quarters.q4',
  },
  {
    title: 'history of an order from a slowly changing table',
    relations: {
      order_history:
        'order_id int, status text, amount numeric, dbt_scd_id text, dbt_valid_from timestamptz, dbt_valid_to timestamptz',
      customer_history:
        'customer_id int, segment text, country text, dbt_valid_from timestamptz, dbt_valid_to timestamptz',
    },
    sql: `
      with versions as (
        select
          h.order_id,
          h.status,
          h.amount,
          h.dbt_valid_from as valid_from,
          coalesce(h.dbt_valid_to, 'infinity'::timestamptz) as valid_to,
          row_number() over (partition by h.order_id order by h.dbt_valid_from) as version_no
        from order_history h
      )
      select
        v.order_id,
        v.version_no,
        v.status,
        v.amount,
        c.segment,
        c.country,
        v.valid_to = 'infinity' as is_current
      from versions v
      join orders o on o.id = v.order_id
      left join customer_history c
        on c.customer_id = o.customer_id
        and v.valid_from >= c.dbt_valid_from
        and v.valid_from < coalesce(c.dbt_valid_to, 'infinity')`,
    columns: {
      order_id: 'order_history.order_id',
      version_no: { window: 'order_history.order_id order_history.dbt_valid_from' },
      status: 'order_history.status',
      amount: 'order_history.amount',
      segment: 'customer_history.segment',
      country: 'customer_history.country',
      is_current: '~order_history.dbt_valid_to',
    },
    join: `orders.id order_history.order_id customer_history.customer_id orders.customer_id
      order_history.dbt_valid_from customer_history.dbt_valid_from customer_history.dbt_valid_to`,
  },
  {
    title: 'old and new system united, the new one first',
    sql: `
      with united as (
        select 'new' as system, id, customer_id, status, amount, placed_at from orders
        union all
        select 'old', id, customer_id, case status when 'P' then 'paid' when 'V' then 'void' else status end, amount / 100, null
        from old_orders
      ),
      ranked as (
        select *, rank() over (partition by id order by case system when 'new' then 1 else 2 end) as priority from united
      )
      select id, customer_id, status, amount, placed_at, system = 'old' as is_migrated
      from ranked
      where priority = 1`,
    columns: {
      id: 'orders.id old_orders.id',
      customer_id: 'orders.customer_id old_orders.customer_id',
      status: {
        direct: 'orders.status ~old_orders.status',
        condition: 'old_orders.status',
      },
      amount: 'orders.amount ~old_orders.amount',
      placed_at: 'orders.placed_at',
      is_migrated: '',
    },
    filter: 'orders.id old_orders.id',
  },
  {
    title: 'ageing of what is owed',
    sql: `
      with paid as (
        select order_id, sum(amount) as paid, max(paid_at) as last_paid_at from payments group by order_id
      ),
      owed as (
        select
          o.id,
          o.customer_id,
          o.amount - coalesce(p.paid, 0) as balance,
          current_date - o.placed_at::date as age,
          p.last_paid_at
        from orders o
        left join paid p on p.order_id = o.id
        where o.status not in ('void', 'draft')
      )
      select
        c.name,
        count(*) as open_orders,
        sum(balance) filter (where age <= 30) as current_balance,
        sum(balance) filter (where age between 31 and 60) as days_31_60,
        sum(balance) filter (where age > 60) as older,
        max(last_paid_at) as last_paid_at
      from owed
      join customers c on c.id = owed.customer_id
      where balance > 0
      group by c.name
      having sum(balance) > 10
      order by older desc nulls last`,
    columns: {
      name: 'customers.name',
      open_orders: '',
      current_balance: { direct: '~orders.amount ~payments.amount', condition: 'orders.placed_at' },
      days_31_60: { direct: '~orders.amount ~payments.amount', condition: 'orders.placed_at' },
      older: { direct: '~orders.amount ~payments.amount', condition: 'orders.placed_at' },
      last_paid_at: '~payments.paid_at',
    },
    filter: 'orders.status orders.amount payments.amount',
    join: 'payments.order_id orders.id customers.id orders.customer_id',
    group: 'payments.order_id customers.name',
    order: 'orders.amount payments.amount orders.placed_at',
  },
  {
    title: 'the share of each category, with the rest as others',
    sql: `
      with sold as (
        select p.category, sum(i.quantity * (i.price - p.cost)) as margin
        from items i
        join products p on p.id = i.product_id
        group by p.category
      ),
      ranked as (
        select category, margin, dense_rank() over (order by margin desc) as place, sum(margin) over () as all_margin from sold
      )
      select
        case when place <= 5 then category else 'others' end as category,
        sum(margin) as margin,
        sum(margin) / max(all_margin) as share,
        string_agg(category, ', ' order by place) as holds
      from ranked
      group by case when place <= 5 then category else 'others' end`,
    columns: {
      category: {
        direct: '~products.category',
        condition: 'items.quantity items.price products.cost',
      },
      margin: '~items.quantity ~items.price ~products.cost',
      share: '~items.quantity ~items.price ~products.cost',
      holds: {
        direct: '~products.category',
        window: 'items.quantity items.price products.cost',
      },
    },
    join: 'products.id items.product_id',
    group: 'products.category items.quantity items.price products.cost',
  },
  {
    title: 'stock by product with attributes of JSON and the latest price',
    sql: `
      with latest_price as (
        select distinct on (product_id) product_id, price, order_id
        from items
        order by product_id, order_id desc
      )
      select
        p.id,
        p.attributes->>'colour' as colour,
        (p.attributes->'size'->>'width')::numeric * (p.attributes->'size'->>'height')::numeric as area,
        l.price,
        l.price - p.cost as margin,
        case
          when p.attributes->>'discontinued' = 'true' then 'gone'
          when l.order_id is null then 'never sold'
          else coalesce(p.attributes->>'state', 'on sale')
        end as state,
        array_length(regexp_split_to_array(p.attributes->>'keywords', ','), 1) as keywords
      from products p
      left join latest_price l on l.product_id = p.id
      where p.category is not null`,
    columns: {
      id: 'products.id',
      colour: 'products.attributes->colour',
      area: '~products.attributes->size->width ~products.attributes->size->height',
      price: 'items.price',
      margin: '~items.price ~products.cost',
      state: {
        direct: '~products.attributes->state',
        condition: 'products.attributes->discontinued items.order_id',
      },
      keywords: '~products.attributes->keywords',
    },
    filter: 'products.category',
    join: 'items.product_id products.id',
    group: 'items.product_id',
    order: 'items.product_id items.order_id',
  },
]
