select {{ cents('a') }} as id
