{% macro outer_one(x) %}{{ inner_one(x) }}{% endmacro %}
{% macro inner_one(x) %}
  {{ x + 1 }}
{% endmacro %}
