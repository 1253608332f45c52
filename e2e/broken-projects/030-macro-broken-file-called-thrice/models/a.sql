select {{ cents('a') }} as a
