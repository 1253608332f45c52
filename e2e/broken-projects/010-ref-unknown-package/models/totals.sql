select * from {{ ref('depot', 'orders') }}
