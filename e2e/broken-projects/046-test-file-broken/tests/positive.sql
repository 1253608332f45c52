select * from {{ ref('orderz') }} where id < 0
