select * from {{ source('tlil', 'payments') }}
