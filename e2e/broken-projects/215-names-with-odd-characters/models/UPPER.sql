select * from {{ ref('v1.2') }}
