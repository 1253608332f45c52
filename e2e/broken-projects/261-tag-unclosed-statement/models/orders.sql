{% set x = 1
select {{ x }}
