{#- Whether a payment, a stipend or an invoice was taken back. Which words the source has for it is assumed. -#}
{% macro is_void(status) -%}
  coalesce(lower({{ status }}) in ('void', 'voided', 'cancelled', 'canceled', 'rejected', 'reversed', 'failed'), false)
{%- endmacro %}
