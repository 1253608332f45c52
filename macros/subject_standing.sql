{#- Where a subject stands, in exactly one of eight places; the only definition of "screened" and "enrolled" in gold. What the
    status says comes before what the dates say, for a subject who was set back to an earlier status keeps its dates.
    A status that is not known counts by its dates. -#}
{% macro subject_standing(subject) -%}
  {%- set status = subject ~ '.status' -%}
  case
    when {{ is_screen_failed(status) }} then 'screen_failed'
    when {{ is_completed(status) }} then 'completed'
    when {{ status_is(status, ['withdrawn']) }} and {{ subject }}.enrollment_date is not null then 'withdrawn'
    when {{ status_is(status, ['withdrawn']) }} and {{ subject }}.screening_date is not null then 'withdrawn_in_screening'
    when {{ status_is(status, ['withdrawn']) }} then 'withdrawn_before_screening'
    when {{ status_is(status, ['prescreened']) }} then 'prescreened'
    when {{ status_is(status, ['screened']) }} then 'in_screening'
    when {{ status_is(status, ['enrolled', 'randomized', 'randomised']) }} or {{ subject }}.enrollment_date is not null then 'in_study'
    when {{ subject }}.screening_date is not null then 'in_screening'
    else 'prescreened'
  end
{%- endmacro %}

{#- The standings of those who came at least so far. -#}
{% macro standings_screened() -%}
  ('in_screening', 'screen_failed', 'withdrawn_in_screening', 'in_study', 'completed', 'withdrawn')
{%- endmacro %}

{% macro standings_enrolled() -%}
  ('in_study', 'completed', 'withdrawn')
{%- endmacro %}
