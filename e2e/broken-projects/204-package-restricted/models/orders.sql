select * from {{ ref('tools', 'kit') }}
