{% macro copy_grants() -%}
{{ return(adapter.dispatch('copy_grants', 'dbt')()) }}
{%- endmacro %}

{% macro default__copy_grants() -%}
{{ return(false) }}
{%- endmacro %}

{% macro support_multiple_grantees_per_dcl_statement() -%}
{{ return(adapter.dispatch('support_multiple_grantees_per_dcl_statement', 'dbt')()) }}
{%- endmacro %}

{% macro default__support_multiple_grantees_per_dcl_statement() -%}
{{ return(true) }}
{%- endmacro %}

{% macro should_revoke(existing_relation, full_refresh_mode=True) -%}
{%- if not existing_relation -%}
{{ return(false) }}
{%- endif -%}
{{ return(copy_grants() if full_refresh_mode else true) }}
{%- endmacro %}

{% macro get_show_grant_sql(relation) -%}
{{ return(adapter.dispatch('get_show_grant_sql', 'dbt')(relation)) }}
{%- endmacro %}

{% macro default__get_show_grant_sql(relation) -%}
select grantee::text as grantee, privilege_type::text as privilege_type
from information_schema.role_table_grants
where grantor = current_role and grantee <> current_role
  and table_schema = '{{ dbt.escape_single_quotes(relation.schema) }}'
  and table_name = '{{ dbt.escape_single_quotes(relation.identifier) }}'
{%- endmacro %}

{% macro get_grant_sql(relation, privilege, grantees) -%}
{{ return(adapter.dispatch('get_grant_sql', 'dbt')(relation, privilege, grantees)) }}
{%- endmacro %}

{% macro default__get_grant_sql(relation, privilege, grantees) -%}
grant {{ privilege }} on {{ relation.render() }} to {{ grantees | join(', ') }}
{%- endmacro %}

{% macro get_revoke_sql(relation, privilege, grantees) -%}
{{ return(adapter.dispatch('get_revoke_sql', 'dbt')(relation, privilege, grantees)) }}
{%- endmacro %}

{% macro default__get_revoke_sql(relation, privilege, grantees) -%}
revoke {{ privilege }} on {{ relation.render() }} from {% for grantee in grantees %}{{ adapter.quote(grantee) }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{% macro get_dcl_statement_list(relation, grant_config, get_dcl_macro) -%}
{{ return(adapter.dispatch('get_dcl_statement_list', 'dbt')(relation, grant_config, get_dcl_macro)) }}
{%- endmacro %}

{% macro default__get_dcl_statement_list(relation, grant_config, get_dcl_macro) -%}
{%- set statements = [] -%}
{%- for privilege, grantees in grant_config.items() if grantees -%}
{%- do statements.append(get_dcl_macro(relation, privilege, grantees)) -%}
{%- endfor -%}
{{ return(statements) }}
{%- endmacro %}

{% macro call_dcl_statements(dcl_statement_list) -%}
{{ return(adapter.dispatch('call_dcl_statements', 'dbt')(dcl_statement_list)) }}
{%- endmacro %}

{% macro default__call_dcl_statements(dcl_statement_list) -%}
{%- do run_query(dcl_statement_list | join(';\n')) -%}
{%- endmacro %}

{% macro apply_grants(relation, grant_config, should_revoke=True) -%}
{{ return(adapter.dispatch('apply_grants', 'dbt')(relation, grant_config, should_revoke)) }}
{%- endmacro %}

{% macro default__apply_grants(relation, grant_config, should_revoke=True) -%}
{%- if grant_config -%}
{%- set current = adapter.standardize_grants_dict(run_query(get_show_grant_sql(relation))) if should_revoke else {} -%}
{%- set missing = diff_of_two_dicts(grant_config, current) -%}
{%- set surplus = diff_of_two_dicts(current, grant_config) -%}
{%- set statements = get_dcl_statement_list(relation, surplus, get_revoke_sql)
    + get_dcl_statement_list(relation, missing, get_grant_sql) -%}
{%- if statements -%}
{%- do call_dcl_statements(statements) -%}
{%- endif -%}
{%- endif -%}
{%- endmacro %}
