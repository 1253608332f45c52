select * from {{ ref(7) }}
