select * from {{ ref('two words') }} join {{ ref('größe') }} using (id) join {{ ref("it's") }} using (id)
