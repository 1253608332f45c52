{#- What has become of a row of visit_outcomes by the day of the question; one word for each visit. The last day of the window is still in time. -#}
{% macro visit_state(visit) -%}
  case
    when {{ visit }}.outcome <> 'open' then {{ visit }}.outcome
    when not {{ visit }}.is_expected then 'abandoned'
    when {{ visit }}.due_by < {{ as_of() }} then 'overdue'
    else 'upcoming'
  end
{%- endmacro %}
