{% macro generate_schema_name(custom, node) %}{{ 'x' * 100 }}{% endmacro %}
