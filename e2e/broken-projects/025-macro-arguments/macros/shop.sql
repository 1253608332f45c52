{% macro cents(column, places=2) %}{{ column }}{% endmacro %}
