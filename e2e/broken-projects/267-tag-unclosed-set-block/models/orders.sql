{% set x %}a
select 1
