select {{ cents() }}, 1 as id
