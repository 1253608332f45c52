select {{ cents('a', column='b') }}, 1 as id
