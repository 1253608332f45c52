{% macro cents(c) %}2{% endmacro %}
