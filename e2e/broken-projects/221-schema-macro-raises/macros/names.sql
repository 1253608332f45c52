{% macro generate_schema_name(custom, node) %}
  {{ exceptions.raise_compiler_error('no schema for ' ~ node.name) }}
{% endmacro %}
