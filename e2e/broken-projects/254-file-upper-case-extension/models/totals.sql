select * from {{ ref('ORDERS') }}
