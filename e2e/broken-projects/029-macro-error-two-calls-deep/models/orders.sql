select {{ outer_one('a') }} as id
