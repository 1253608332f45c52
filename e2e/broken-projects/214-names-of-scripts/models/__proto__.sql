select * from {{ ref('constructor') }}
