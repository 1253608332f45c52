{% macro load_cached_relation(relation) -%}
{{ return(adapter.load_relation(relation)) }}
{%- endmacro %}

{% macro load_relation(relation) -%}
{{ return(load_cached_relation(relation)) }}
{%- endmacro %}

{% macro get_or_create_relation(database, schema, identifier, type) -%}
{{ return(adapter.dispatch('get_or_create_relation', 'dbt')(database, schema, identifier, type)) }}
{%- endmacro %}

{% macro default__get_or_create_relation(database, schema, identifier, type) -%}
{%- set found = adapter.get_relation(database=database, schema=schema, identifier=identifier) -%}
{%- if found -%}
{{ return([true, found]) }}
{%- endif -%}
{{ return([false, api.Relation.create(database=database, schema=schema, identifier=identifier, type=type)]) }}
{%- endmacro %}

{% macro list_relations_without_caching(schema_relation) -%}
{{ return(adapter.dispatch('list_relations_without_caching', 'dbt')(schema_relation)) }}
{%- endmacro %}

{% macro default__list_relations_without_caching(schema_relation) -%}
{%- set schema = dbt.string_literal(dbt.escape_single_quotes(schema_relation.schema)) -%}
{%- set sql -%}
select
  current_database()::text as database,
  relname::text as name,
  nspname::text as schema,
  case relkind when 'v' then 'view' when 'm' then 'materialized_view' else 'table' end as type
from pg_catalog.pg_class
join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
where relkind in ('r', 'p', 'v', 'm') and nspname = {{ schema }}
order by relname
{%- endset -%}
{{ return(run_query(sql)) }}
{%- endmacro %}

{% macro make_temp_relation(base_relation, suffix='__dbt_tmp') -%}
{{ return(adapter.dispatch('make_temp_relation', 'dbt')(base_relation, suffix)) }}
{%- endmacro %}

{# The same name at each rendering; a temporary table belongs to its session alone. #}
{% macro default__make_temp_relation(base_relation, suffix) -%}
{{ return(base_relation.with_suffix(suffix).incorporate(path={'schema': none, 'database': none})) }}
{%- endmacro %}

{% macro make_intermediate_relation(base_relation, suffix='__dbt_tmp') -%}
{{ return(adapter.dispatch('make_intermediate_relation', 'dbt')(base_relation, suffix)) }}
{%- endmacro %}

{% macro default__make_intermediate_relation(base_relation, suffix) -%}
{{ return(base_relation.with_suffix(suffix)) }}
{%- endmacro %}

{% macro make_backup_relation(base_relation, backup_relation_type, suffix='__dbt_backup') -%}
{{ return(adapter.dispatch('make_backup_relation', 'dbt')(base_relation, backup_relation_type, suffix)) }}
{%- endmacro %}

{% macro default__make_backup_relation(base_relation, backup_relation_type, suffix) -%}
{{ return(base_relation.with_suffix(suffix).incorporate(type=backup_relation_type)) }}
{%- endmacro %}

{% macro truncate_relation(relation) -%}
{{ return(adapter.dispatch('truncate_relation', 'dbt')(relation)) }}
{%- endmacro %}

{% macro default__truncate_relation(relation) -%}
{%- do adapter.truncate_relation(relation) -%}
{%- endmacro %}

{% macro rename_relation(from_relation, to_relation) -%}
{{ return(adapter.dispatch('rename_relation', 'dbt')(from_relation, to_relation)) }}
{%- endmacro %}

{% macro default__rename_relation(from_relation, to_relation) -%}
{%- do adapter.rename_relation(from_relation, to_relation) -%}
{%- endmacro %}

{% macro drop_relation(relation) -%}
{{ return(adapter.dispatch('drop_relation', 'dbt')(relation)) }}
{%- endmacro %}

{% macro default__drop_relation(relation) -%}
{%- do adapter.drop_relation(relation) -%}
{%- endmacro %}

{% macro drop_relation_if_exists(relation) -%}
{%- if relation is not none -%}
{%- do adapter.drop_relation(relation) -%}
{%- endif -%}
{%- endmacro %}

{% macro get_relations() -%}
{{ return(adapter.dispatch('get_relations', 'dbt')()) }}
{%- endmacro %}

{% macro default__get_relations() -%}
{%- set sql -%}
select distinct
  view_schema.nspname::text as dependent_schema,
  view.relname::text as dependent_name,
  read_schema.nspname::text as referenced_schema,
  read.relname::text as referenced_name
from pg_catalog.pg_rewrite as rule
join pg_catalog.pg_class as view on view.oid = rule.ev_class
join pg_catalog.pg_namespace as view_schema on view_schema.oid = view.relnamespace
join pg_catalog.pg_depend as edge on edge.classid = 'pg_catalog.pg_rewrite'::regclass
  and edge.objid = rule.oid and edge.refclassid = 'pg_catalog.pg_class'::regclass
join pg_catalog.pg_class as read on read.oid = edge.refobjid and read.oid <> view.oid
join pg_catalog.pg_namespace as read_schema on read_schema.oid = read.relnamespace
where read_schema.nspname <> 'information_schema' and read_schema.nspname not like 'pg\_%'
order by 1, 2, 3, 4
{%- endset -%}
{{ return(run_query(sql)) }}
{%- endmacro %}

{% macro postgres_get_relations() -%}
{{ return(get_relations()) }}
{%- endmacro %}
