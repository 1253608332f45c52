select * from {{ ref('user') }}
