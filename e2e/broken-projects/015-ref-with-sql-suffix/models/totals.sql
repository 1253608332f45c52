select * from {{ ref('orders.sql') }}
