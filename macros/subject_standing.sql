{#- Where a subject stands, in exactly one of eight places; the only definition of "screened" and "enrolled" in gold. What the
    status says comes before what the dates say, for a subject who was set back to an earlier status keeps its dates.
    A status that is not known counts by its dates. -#}
{% macro subject_standing(subject) -%}
  case
    when {{ subject }}.status = 'Screen Failed' then 'screen_failed'
    when {{ subject }}.status = 'Completed' then 'completed'
    when {{ subject }}.status = 'Withdrawn' and {{ subject }}.enrollment_date is not null then 'withdrawn'
    when {{ subject }}.status = 'Withdrawn' and {{ subject }}.screening_date is not null then 'withdrawn_in_screening'
    when {{ subject }}.status = 'Withdrawn' then 'withdrawn_before_screening'
    when {{ subject }}.status = 'Prescreened' then 'prescreened'
    when {{ subject }}.status = 'Screened' then 'in_screening'
    when {{ subject }}.status in ('Enrolled', 'Randomized') or {{ subject }}.enrollment_date is not null then 'in_study'
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
