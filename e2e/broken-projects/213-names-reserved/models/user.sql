select * from {{ ref('select') }}
