{% macro datediff(first_date, second_date, datepart) -%}
{{ return(adapter.dispatch('datediff', 'dbt')(first_date, second_date, datepart)) }}
{%- endmacro %}

{% macro default__datediff(first_date, second_date, datepart) -%}
datediff({{ datepart }}, {{ first_date }}, {{ second_date }})
{%- endmacro %}

{# How many borders of the part lie between the two: the coarser difference times its length, and the rest. #}
{% macro postgres__datediff(first_date, second_date, datepart) -%}
{%- set coarser = {
  'quarter': ('year', 4, 'date'),
  'month': ('year', 12, 'date'),
  'hour': ('day', 24, 'timestamp'),
  'minute': ('hour', 60, 'timestamp'),
  'second': ('minute', 60, 'timestamp'),
  'millisecond': ('minute', 60000, 'timestamp'),
  'microsecond': ('minute', 60000000, 'timestamp'),
} -%}
{%- set a, b = '(' ~ first_date ~ ')', '(' ~ second_date ~ ')' -%}
{%- if datepart == 'year' -%}
{%- set difference = "date_part('year', " ~ b ~ "::date) - date_part('year', " ~ a ~ "::date)" -%}
{%- elif datepart == 'day' -%}
{%- set difference = b ~ '::date - ' ~ a ~ '::date' -%}
{%- elif datepart == 'week' -%}
{%- set days = dbt.datediff(first_date, second_date, 'day') -%}
{%- set forward = a ~ ' <= ' ~ b -%}
{%- set within = "date_part('dow', " ~ a ~ "::timestamp) <= date_part('dow', " ~ b ~ '::timestamp)' -%}
{%- set difference = days ~ ' / 7 + case when ' ~ within ~ ' then (case when ' ~ forward
    ~ ' then 0 else -1 end) else (case when ' ~ forward ~ ' then 1 else 0 end) end' -%}
{%- elif datepart in coarser -%}
{%- set outer, factor, type = coarser[datepart] -%}
{%- set round = 'floor' if 'second' in datepart else '' -%}
{%- set part_a = round ~ "(date_part('" ~ datepart ~ "', " ~ a ~ '::' ~ type ~ '))' -%}
{%- set part_b = round ~ "(date_part('" ~ datepart ~ "', " ~ b ~ '::' ~ type ~ '))' -%}
{%- set difference = dbt.datediff(first_date, second_date, outer) ~ ' * ' ~ factor ~ ' + ' ~ part_b ~ ' - ' ~ part_a -%}
{%- else -%}
{{ exceptions.raise_compiler_error(
  'datediff() does not know the part "' ~ datepart ~ '"; it counts year, day, week, ' ~ coarser.keys() | join(', ')
) }}
{%- endif -%}
({{ difference }})
{%- endmacro %}
