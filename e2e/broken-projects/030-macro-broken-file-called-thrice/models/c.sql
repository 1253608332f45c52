select {{ cents('c') }} as c
