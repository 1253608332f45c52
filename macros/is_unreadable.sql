{#- Whether there is something, and silver would make null of it as a date or a time. Most of what comes is certainly one and is known by a
    short pattern, which takes a tenth of the time. -#}
{% macro is_unreadable(path) -%}
  {{ text_of(path) }} is not null
  and {{ path }} !~ '^{{ plain_day_pattern() }}(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z)?$'
  and {{ timestamp_of(path) }} is null
{%- endmacro %}
