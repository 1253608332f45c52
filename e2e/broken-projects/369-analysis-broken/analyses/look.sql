select * from {{ ref('odrers') }}
