{% macro get_powers_of_two(upper_bound) -%}
{{ return(adapter.dispatch('get_powers_of_two', 'dbt')(upper_bound)) }}
{%- endmacro %}

{% macro default__get_powers_of_two(upper_bound) -%}
{%- if upper_bound <= 0 -%}
{{ exceptions.raise_compiler_error('upper bound must be positive') }}
{%- endif -%}
{%- for power in range(1, 100) if upper_bound <= 2 ** power -%}
{{ return(power) }}
{%- endfor -%}
{%- endmacro %}

{% macro generate_series(upper_bound) -%}
{{ return(adapter.dispatch('generate_series', 'dbt')(upper_bound)) }}
{%- endmacro %}

{% macro default__generate_series(upper_bound) -%}
{%- if upper_bound <= 0 -%}
{{ exceptions.raise_compiler_error('upper bound must be positive') }}
{%- endif -%}
select number::double precision as generated_number
from pg_catalog.generate_series(1, {{ upper_bound }}) as numbers (number)
order by generated_number
{%- endmacro %}

{% macro get_intervals_between(start_date, end_date, datepart) -%}
{{ return(adapter.dispatch('get_intervals_between', 'dbt')(start_date, end_date, datepart)) }}
{%- endmacro %}

{# 1 while nothing may be asked: the text is rendered anew when it can be. #}
{% macro default__get_intervals_between(start_date, end_date, datepart) -%}
{%- set result = run_query('select ' ~ dbt.datediff(start_date, end_date, datepart)) -%}
{{ return(result.columns[0].values()[0] if result else 1) }}
{%- endmacro %}

{% macro date_spine(datepart, start_date, end_date) -%}
{{ return(adapter.dispatch('date_spine', 'dbt')(datepart, start_date, end_date)) }}
{%- endmacro %}

{% macro default__date_spine(datepart, start_date, end_date) -%}
with rawdata as (
  {{ dbt.generate_series(dbt.get_intervals_between(start_date, end_date, datepart)) }}
),

all_periods as (
  select ({{ dbt.dateadd(datepart, 'row_number() over (order by generated_number) - 1', start_date) }}) as date_{{ datepart }}
  from rawdata
),

filtered as (
  select * from all_periods where date_{{ datepart }} <= {{ end_date }}
)

select * from filtered
{%- endmacro %}
