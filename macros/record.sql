{#- Typed values from an API record. A blank text is null; a text that is no date or time is null as well. -#}
{% macro text_of(path) -%}
  nullif(btrim({{ path }}), '')
{%- endmacro %}

{% macro date_of(path) -%}
  case when {{ path }} ~ '^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])' then left({{ path }}, 10)::date end
{%- endmacro %}

{% macro timestamp_of(path) -%}
  case when {{ path }} ~ '^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T\d{2}:\d{2}' then ({{ path }})::timestamptz end
{%- endmacro %}
