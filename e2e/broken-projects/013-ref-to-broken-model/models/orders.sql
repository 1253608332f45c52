select * from {{ ref('x' }}
