select * from {{ ref('gone') }} a
join {{ ref('gone') }} b using (id)
