select * from {{ ref('gone') }}
