{% macro generate_alias_name(custom, node) %}{{ return(['a']) }}{% endmacro %}
