{% macro cents(c) %}{{ adapter.dispatch('shop.cents')(c) }}{% endmacro %}
