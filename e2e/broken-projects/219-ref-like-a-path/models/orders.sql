select * from {{ ref('../customers') }}
