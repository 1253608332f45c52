{% macro cents(c) %}{{ adapter.dispatch('cents', 'shop')(c) }}{% endmacro %}
{% macro bigquery__cents(c) %}1{% endmacro %}
