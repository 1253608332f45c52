select * from {{ ref('a_history') }}
