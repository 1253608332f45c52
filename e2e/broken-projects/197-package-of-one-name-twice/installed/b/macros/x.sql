{% macro x() %}2{% endmacro %}
