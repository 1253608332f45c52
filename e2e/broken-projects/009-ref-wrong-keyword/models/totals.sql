select * from {{ ref('orders', verison=1) }}
