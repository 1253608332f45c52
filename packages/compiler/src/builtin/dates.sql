{% macro date(year, month, day) -%}
{{ return(adapter.dispatch('date', 'dbt')(year, month, day)) }}
{%- endmacro %}

{% macro default__date(year, month, day) -%}
to_date('{{ '%04d-%02d-%02d' | format(year, month, day) }}', 'YYYY-MM-DD')
{%- endmacro %}

{% macro date_trunc(datepart, date) -%}
{{ return(adapter.dispatch('date_trunc', 'dbt')(datepart, date)) }}
{%- endmacro %}

{% macro default__date_trunc(datepart, date) -%}
date_trunc('{{ datepart }}', {{ date }})
{%- endmacro %}

{% macro dateadd(datepart, interval, from_date_or_timestamp) -%}
{{ return(adapter.dispatch('dateadd', 'dbt')(datepart, interval, from_date_or_timestamp)) }}
{%- endmacro %}

{% macro default__dateadd(datepart, interval, from_date_or_timestamp) -%}
dateadd({{ datepart }}, {{ interval }}, {{ from_date_or_timestamp }})
{%- endmacro %}

{# Postgres reads no interval of a quarter. #}
{% macro postgres__dateadd(datepart, interval, from_date_or_timestamp) -%}
{%- set step = '3 months' if datepart == 'quarter' else '1 ' ~ datepart -%}
{{ from_date_or_timestamp }} + (interval '{{ step }}' * ({{ interval }}))
{%- endmacro %}

{% macro last_day(date, datepart) -%}
{{ return(adapter.dispatch('last_day', 'dbt')(date, datepart)) }}
{%- endmacro %}

{% macro default_last_day(date, datepart) -%}
{%- set next_period = dbt.dateadd(datepart, 1, dbt.date_trunc(datepart, date)) -%}
cast({{ dbt.dateadd('day', -1, next_period) }} as date)
{%- endmacro %}

{% macro default__last_day(date, datepart) -%}
{{ return(dbt.default_last_day(date, datepart)) }}
{%- endmacro %}

{% macro postgres__last_day(date, datepart) -%}
{{ return(dbt.default_last_day(date, datepart)) }}
{%- endmacro %}
