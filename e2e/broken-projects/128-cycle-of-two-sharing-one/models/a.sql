select * from {{ ref('b') }} join {{ ref('c') }} using (id)
