{% else %}select 1
