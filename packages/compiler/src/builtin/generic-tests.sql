{% test unique(model, column_name) %}
{{ adapter.dispatch('test_unique', 'dbt')(model, column_name) }}
{% endtest %}

{% macro default__test_unique(model, column_name) %}
select {{ column_name }} as unique_field, count(*) as n_records
from {{ model }}
where {{ column_name }} is not null
group by {{ column_name }}
having count(*) > 1
{% endmacro %}

{% test not_null(model, column_name) %}
{{ adapter.dispatch('test_not_null', 'dbt')(model, column_name) }}
{% endtest %}

{% macro default__test_not_null(model, column_name) %}
{%- set condition = column_name ~ ' is null' -%}
{%- set failing -%}
select {{ '*' if should_store_failures() else column_name }}
from {{ model }}
where {{ condition }}
{%- endset -%}
{{ strata_tally(failing, model, condition=condition) }}
{% endmacro %}

{% test accepted_values(model, column_name, values, quote=True) %}
{{ adapter.dispatch('test_accepted_values', 'dbt')(model, column_name, values, quote) }}
{% endtest %}

{# A single quote is doubled, unless the project did so itself. #}
{% macro default__test_accepted_values(model, column_name, values, quote=True) %}
{%- set accepted -%}
(
  {%- for value in values %}
  {{ "'" ~ (value | string).replace("''", "'").replace("'", "''") ~ "'" if quote else value }}{{ ',' if not loop.last }}
  {%- endfor %}
)
{%- endset -%}
{%- set failing -%}
select value_field, n_records
from (
  select {{ column_name }} as value_field, count(*) as n_records
  from {{ model }}
  group by {{ column_name }}
) as all_values
where value_field not in {{ accepted }}
{%- endset -%}
{{ strata_tally(failing, model, condition=column_name ~ ' not in ' ~ accepted, distinct=column_name) }}
{% endmacro %}

{% test relationships(model, column_name, to, field) %}
{{ adapter.dispatch('test_relationships', 'dbt')(model, column_name, to, field) }}
{% endtest %}

{% macro default__test_relationships(model, column_name, to, field) %}
with child as (
  select {{ column_name }} as from_field from {{ model }} where {{ column_name }} is not null
),

parent as (
  select {{ field }} as to_field from {{ to }}
)

select from_field
from child
where not exists (select 1 from parent where parent.to_field = child.from_field)
{% endmacro %}
