select 2 where false
