select * from {{ ref('__proto__') }}
