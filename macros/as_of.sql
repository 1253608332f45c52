{#- The day for which gold answers questions about "today": the day (UTC) on which the run began, or the day that is given:
    models run --select gold --vars '{as_of: 2026-03-31}'. The same day over the same silver gives the same rows. Simulated sites
    have a present day of their own, which Strata gives as simulated_at. -#}
{% macro as_of() -%}
  date '{{ var('as_of', var('simulated_at', run_started_at.strftime('%Y-%m-%d'))) }}'
{%- endmacro %}
