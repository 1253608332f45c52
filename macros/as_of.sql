{#- The day for which gold answers questions about "today": the day (UTC) on which the run began, or the day that is given:
    models run --select gold --vars '{as_of: 2026-03-31}'. The same day over the same silver gives the same rows. -#}
{% macro as_of() -%}
  date '{{ var('as_of', run_started_at.strftime('%Y-%m-%d')) }}'
{%- endmacro %}
