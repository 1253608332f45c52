select {{ cents('a', palces=3) }}, 1 as id
