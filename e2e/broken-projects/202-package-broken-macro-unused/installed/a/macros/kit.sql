{% macro kit() %}{{ 1 }{% endmacro %}
