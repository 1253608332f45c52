{% macro half %}1{% endmacro %}
