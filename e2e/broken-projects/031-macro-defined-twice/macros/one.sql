{% macro cents(c) %}1{% endmacro %}
