{% macro generate_schema_name(custom, node) %}{% endmacro %}
