{% macro generate_schema_name() %}x{% endmacro %}
