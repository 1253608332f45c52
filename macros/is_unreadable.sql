{#- Whether there is something, and silver would make null of it as a date or a time. Most of what comes is certainly one and is known by a
    short pattern, which takes a tenth of the time. -#}
{% macro is_unreadable(path) -%}
  {{ text_of(path) }} is not null
  and {{ path }} !~ '^(?:1[89]|2[01])\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])(?:T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z)?$'
  and {{ timestamp_of(path) }} is null
{%- endmacro %}
