select * from {{ increment(ref('orders')) }}
