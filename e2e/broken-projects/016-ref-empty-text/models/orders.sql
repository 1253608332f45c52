select * from {{ ref('') }}
