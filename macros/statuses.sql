{#- What the words of the source for a status mean, in silver and gold alike; which words it has is assumed. Capitals, blanks around them, and
    hyphens instead of blanks do not matter. Each macro but status_word says true or false, and false where there is no status. -#}

{% macro status_word(status) -%}
  lower(translate(btrim({{ status }}, e' \t\r\n'), '_-', '  '))
{%- endmacro %}

{% macro status_is(status, words) -%}
  coalesce({{ status_word(status) }} in ('{{ words | join("', '") }}'), false)
{%- endmacro %}

{% macro is_completed(status) -%}
  {{ status_is(status, ['completed']) }}
{%- endmacro %}

{% macro is_cancelled(status) -%}
  {{ status_is(status, ['cancelled', 'canceled']) }}
{%- endmacro %}

{#- Nobody came: of a visit the source says missed, of an appointment no show. -#}
{% macro is_missed(status) -%}
  {{ status_is(status, ['missed', 'no show', 'noshow']) }}
{%- endmacro %}

{#- It was agreed, and is still to come. -#}
{% macro is_planned(status) -%}
  {{ status_is(status, ['scheduled', 'confirmed', 'pending', 'tentative']) }}
{%- endmacro %}

{#- Whether a visit or an appointment took place. A status that is not known counts as yes: a missing event is worse than one too many. -#}
{% macro took_place(status) -%}
  (not ({{ is_planned(status) }} or {{ is_missed(status) }} or {{ is_cancelled(status) }} or {{ status_is(status, ['rescheduled']) }}))
{%- endmacro %}

{#- Of a subject. -#}
{% macro is_screen_failed(status) -%}
  {{ status_is(status, ['screen failed']) }}
{%- endmacro %}

{#- Whether a payment, a stipend or an invoice was taken back. -#}
{% macro is_void(status) -%}
  {{ status_is(status, ['void', 'voided', 'cancelled', 'canceled', 'rejected', 'reversed', 'failed']) }}
{%- endmacro %}
