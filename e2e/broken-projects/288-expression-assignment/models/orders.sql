select {{ x = 1 }} as id
