{% macro get_columns_in_relation(relation) -%}
{{ return(adapter.dispatch('get_columns_in_relation', 'dbt')(relation)) }}
{%- endmacro %}

{% macro postgres__get_columns_in_relation(relation) -%}
{{ return(adapter.get_columns_in_relation(relation)) }}
{%- endmacro %}

{% macro default__get_columns_in_relation(relation) -%}
{{ return(adapter.get_columns_in_relation(relation)) }}
{%- endmacro %}

{% macro sql_convert_columns_in_relation(table) -%}
{%- set columns = [] -%}
{%- for row in table -%}
{%- do columns.append(api.Column(*row)) -%}
{%- endfor -%}
{{ return(columns) }}
{%- endmacro %}

{% macro get_list_of_column_names(columns) -%}
{{ return(columns | map(attribute='name') | list) }}
{%- endmacro %}

{% macro get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
{{ return(adapter.dispatch('get_empty_subquery_sql', 'dbt')(select_sql, select_sql_header)) }}
{%- endmacro %}

{% macro default__get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
{{ select_sql_header if select_sql_header is not none }}
select * from (
  {{ select_sql }}
) as empty_subquery
where false
{%- endmacro %}

{% macro get_empty_schema_sql(columns) -%}
{{ return(adapter.dispatch('get_empty_schema_sql', 'dbt')(columns)) }}
{%- endmacro %}

{% macro default__get_empty_schema_sql(columns) -%}
{%- set untyped = columns.values() | rejectattr('data_type') | map(attribute='name') | list -%}
{%- if untyped -%}
{{ exceptions.column_type_missing(column_names=untyped) }}
{%- endif -%}
select
{%- for column in columns.values() %}
  {{ dbt.cast('null', column['data_type']) }} as {{ adapter.quote(column['name']) if column.get('quote') else column['name'] }}{{ ',' if not loop.last }}
{%- endfor %}
{%- endmacro %}

{% macro get_column_schema_from_query(select_sql, select_sql_header=none) -%}
{{ return(adapter.get_column_schema_from_query(get_empty_subquery_sql(select_sql, select_sql_header))) }}
{%- endmacro %}

{% macro get_columns_in_query(select_sql) -%}
{{ return(adapter.dispatch('get_columns_in_query', 'dbt')(select_sql)) }}
{%- endmacro %}

{% macro default__get_columns_in_query(select_sql) -%}
{%- set result = run_query(get_empty_subquery_sql(select_sql)) -%}
{{ return(result.column_names | list if execute else []) }}
{%- endmacro %}

{% macro format_columns(columns) -%}
{%- set formatted = [] -%}
{%- for column in columns -%}
{%- do formatted.append(adapter.dispatch('format_column', 'dbt')(column)) -%}
{%- endfor -%}
{{ return(formatted) }}
{%- endmacro %}

{% macro default__format_column(column) -%}
{{ return({'name': column.name, 'data_type': column.dtype, 'formatted': column.column.lower() ~ ' ' ~ column.dtype}) }}
{%- endmacro %}

{% macro alter_column_type(relation, column_name, new_column_type) -%}
{{ return(adapter.dispatch('alter_column_type', 'dbt')(relation, column_name, new_column_type)) }}
{%- endmacro %}

{% macro default__alter_column_type(relation, column_name, new_column_type) -%}
{%- set column = adapter.quote(column_name) -%}
{%- do run_query(
  'alter table ' ~ relation ~ ' alter column ' ~ column ~ ' type ' ~ new_column_type ~ ' using ' ~ column ~ '::' ~ new_column_type
) -%}
{%- endmacro %}

{% macro alter_relation_add_remove_columns(relation, add_columns=none, remove_columns=none) -%}
{{ return(adapter.dispatch('alter_relation_add_remove_columns', 'dbt')(relation, add_columns, remove_columns)) }}
{%- endmacro %}

{% macro default__alter_relation_add_remove_columns(relation, add_columns, remove_columns) -%}
{%- set changes = [] -%}
{%- for column in add_columns or [] -%}
{%- do changes.append('add column ' ~ column.quoted ~ ' ' ~ column.expanded_data_type) -%}
{%- endfor -%}
{%- for column in remove_columns or [] -%}
{%- do changes.append('drop column ' ~ column.quoted) -%}
{%- endfor -%}
{%- if changes -%}
{%- do run_query('alter table ' ~ relation ~ ' ' ~ changes | join(', ')) -%}
{%- endif -%}
{%- endmacro %}
