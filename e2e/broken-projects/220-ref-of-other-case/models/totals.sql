select * from {{ ref('Orders') }}
