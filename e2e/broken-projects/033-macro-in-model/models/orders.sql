{% macro twice(x) %}{{ x }} * 2{% endmacro %}
select {{ twice(1) }} as id
