select * from {{ source('till', 'paymets') }}
