select {{ cents('a', 'b') }}, 1 as id
