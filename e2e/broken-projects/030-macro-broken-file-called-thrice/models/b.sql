select {{ cents('b') }} as b
