{# What dbt leaves to packages. A macro of the project of the same name comes first. #}

{% test unique_combination(model, columns) %}
select {{ columns | join(', ') }}, count(*) as n_records
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{# Behind a column the expression is what follows its name. As with a CHECK, null is no failure. #}
{% test expression(model, expression, column_name=none) %}
{%- set condition = 'not (' ~ (column_name ~ ' ' if column_name is not none) ~ expression ~ '\n)' -%}
{%- set failing -%}
select {{ column_name if column_name is not none and not should_store_failures() else '*' }}
from {{ model }}
where {{ condition }}
{%- endset -%}
{{ strata_tally(failing, model, condition=condition) }}
{% endtest %}

{% test range(model, column_name, min=none, max=none, inclusive=True) %}
{%- set bounds = [] -%}
{%- if min is not none -%}
{%- do bounds.append(column_name ~ (' < ' if inclusive else ' <= ') ~ strata_bound(min)) -%}
{%- endif -%}
{%- if max is not none -%}
{%- do bounds.append(column_name ~ (' > ' if inclusive else ' >= ') ~ strata_bound(max)) -%}
{%- endif -%}
{%- set condition = bounds | join(' or ') -%}
{%- set failing -%}
select {{ '*' if should_store_failures() else column_name }}
from {{ model }}
where {{ condition }}
{%- endset -%}
{{ strata_tally(failing, model, condition=condition) }}
{% endtest %}

{# A day or a moment becomes a literal; anything else stands as it is. #}
{% macro strata_bound(value) -%}
{%- set text = value | string -%}
{{ return("'" ~ text ~ "'" if modules.re.match('[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:.]+ *(Z|[+-][0-9:]+)?)?$', text) else '(' ~ text ~ ')') }}
{%- endmacro %}

{% test row_count(model, min=none, max=none, against=none, max_change=none) %}
{%- set limits = [] -%}
{%- if min is not none -%}{%- do limits.append('n_rows < ' ~ min) -%}{%- endif -%}
{%- if max is not none -%}{%- do limits.append('n_rows > ' ~ max) -%}{%- endif -%}
{%- if against is not none -%}
{%- set change = max_change | string | trim -%}
{%- if change.endswith('%') -%}
{%- do limits.append('100 * abs(n_rows - former_rows) > ' ~ change[:-1] ~ ' * nullif(former_rows, 0)') -%}
{%- else -%}
{%- do limits.append('abs(n_rows - former_rows) > ' ~ change) -%}
{%- endif -%}
{%- endif -%}
{%- set former = strata_former_rows() if against is not none else none -%}
{%- set condition = limits | join(' or ') -%}
{%- set failing -%}
select *
from (
  select count(*) as n_rows{{ ', ' ~ former ~ ' as former_rows' if former is not none }}
  from {{ model }}
) as counted
where {{ condition }}
{%- endset -%}
{%- set tallied = condition.replace('n_rows', 'count(*)').replace('former_rows', former | string) -%}
{{ strata_tally(failing, model, fails=tallied, remembers_rows=against is not none) }}
{% endtest %}

{# Without any row, or any value, nothing is recent. #}
{% test recency(model, field=none, within=none, datepart=none, interval=none, column_name=none) %}
{%- set newest = 'max(' ~ (column_name if field is none else field) ~ ')' -%}
{%- set parts = interval ~ ' ' ~ datepart if datepart != 'quarter' else 3 * interval ~ ' months' -%}
{%- set since = "now() - interval '" ~ (within if within is not none else parts) ~ "'" -%}
{%- set failing -%}
select newest, {{ since }} as expected_since
from (select {{ newest }} as newest from {{ model }}) as found
where newest is null or newest < {{ since }}
{%- endset -%}
{{ strata_tally(failing, model, fails=newest ~ ' is null or ' ~ newest ~ ' < ' ~ since) }}
{% endtest %}

{# Rows are compared with as many copies as they have; without `columns` by their names, in any order. #}
{% test equal_rows(model, to, columns=none, exclude=none) %}
{%- set names = [] -%}
{%- for name in exclude or [] -%}{%- do names.append("'" ~ name.replace("'", "''") ~ "'") -%}{%- endfor -%}
{%- if columns is not none -%}{%- set row = columns | join(', ') -%}
{%- else -%}{%- set row = 'to_jsonb(compared)' ~ (' - array[' ~ names | join(', ') ~ ']' if names) ~ ' as compared_row' -%}
{%- endif -%}
{%- set here = 'select ' ~ row ~ ' from (select * from ' ~ model ~ ') as compared' -%}
{%- set there = 'select ' ~ row ~ ' from (select * from ' ~ to ~ ') as compared' -%}
select 'only here' as found, surplus.* from (
  {{ here }}
  except all
  {{ there }}
) as surplus
union all
select 'only there' as found, missing.* from (
  {{ there }}
  except all
  {{ here }}
) as missing
{% endtest %}
