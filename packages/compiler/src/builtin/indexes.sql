{% macro get_show_indexes_sql(relation) -%}
{{ return(adapter.dispatch('get_show_indexes_sql', 'dbt')(relation)) }}
{%- endmacro %}

{% macro default__get_show_indexes_sql(relation) -%}
{%- set literal = dbt.string_literal -%}
select
  found.relname::text as name,
  pg_am.amname::text as method,
  pg_index.indisunique as "unique",
  (
    select string_agg(attname::text, ',' order by attnum)
    from pg_catalog.pg_attribute
    where attrelid = pg_index.indrelid and attnum = any (pg_index.indkey)
  ) as column_names
from pg_catalog.pg_index
join pg_catalog.pg_class as found on found.oid = pg_index.indexrelid
join pg_catalog.pg_am on pg_am.oid = found.relam
join pg_catalog.pg_class as indexed on indexed.oid = pg_index.indrelid
join pg_catalog.pg_namespace on pg_namespace.oid = indexed.relnamespace
where indexed.relname = {{ literal(dbt.escape_single_quotes(relation.identifier)) }}
  and pg_namespace.nspname = {{ literal(dbt.escape_single_quotes(relation.schema)) }}
order by 1
{%- endmacro %}

{% macro get_drop_index_sql(relation, index_name) -%}
{{ return(adapter.dispatch('get_drop_index_sql', 'dbt')(relation, index_name)) }}
{%- endmacro %}

{% macro default__get_drop_index_sql(relation, index_name) -%}
drop index if exists {{ adapter.quote(relation.schema) }}.{{ adapter.quote(index_name) }}
{%- endmacro %}

{% macro get_create_index_sql(relation, index_dict) -%}
{{ return(adapter.dispatch('get_create_index_sql', 'dbt')(relation, index_dict)) }}
{%- endmacro %}

{# Named after what it indexes, so that the same index is not made twice. #}
{% macro default__get_create_index_sql(relation, index_dict) -%}
{%- set columns = index_dict['columns'] | join(', ') -%}
{%- set unique = index_dict.get('unique', false) -%}
{%- set name = local_md5(relation.render() ~ columns ~ unique ~ index_dict.get('type', '')) -%}
create {{ 'unique ' if unique }}index if not exists {{ adapter.quote(name) }} on {{ relation.render() }}
{{- ' using ' ~ index_dict['type'] if index_dict.get('type') }} ({{ columns }})
{%- endmacro %}

{% macro create_indexes(relation) -%}
{{ return(adapter.dispatch('create_indexes', 'dbt')(relation)) }}
{%- endmacro %}

{% macro default__create_indexes(relation) -%}
{%- for index in config.get('indexes', default=[]) -%}
{%- do run_query(get_create_index_sql(relation, index)) -%}
{%- endfor -%}
{%- endmacro %}
