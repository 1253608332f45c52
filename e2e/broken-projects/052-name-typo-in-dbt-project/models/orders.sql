{% set columns = ["a"] %}
select {{ colums | join }}
