{#- A share in percent, with one decimal; null where there is nothing to have a share of. -#}
{% macro percent(part, whole) -%}
  round(100.0 * ({{ part }}) / nullif({{ whole }}, 0), 1)
{%- endmacro %}
