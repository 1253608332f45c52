select 1 as id {{ down(500) }}
