{#- Typed values from an API record, whose fields are texts that people typed and programs cut: what cannot be read is null,
    and never fails a build. Bronze keeps it as it came, and bronze_quality counts it. `path` is SQL: "r.data->>'name'". -#}

{#- A text without blanks around it; one of blanks alone is null. -#}
{% macro text_of(path) -%}
  nullif(btrim({{ path }}, e' \t\r\n'), '')
{%- endmacro %}

{#- The days that there are, from 1800 to 2199, as a regular expression: no 30th of February, no 29th outside of leap years, and
    not 0001-01-01 or 9999-12-31, by which systems mean none. -#}
{% macro day_pattern() -%}
  (?:(?:1[89]|2[01])[0-9][0-9]-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))|(?:(?:1[89]|2[01])(?:0[48]|[2468][048]|[13579][26])|2000)-02-29)
{%- endmacro %}

{#- Days that every month has: most of what comes is one, and a short pattern knows it in a tenth of the time. -#}
{% macro plain_day_pattern() -%}
  (?:1[89]|2[01])[0-9][0-9]-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])
{%- endmacro %}

{#- Several texts, with the character 31 between them, each of which is a day that there is or a time of it in UTC. -#}
{% macro plain_dates_pattern() -%}
  ^(?:{{ day_pattern() }}(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z)?(?:\x1f|$))*$
{%- endmacro %}

{#- The day of a date or of a time, as it is written there: no zone moves it. -#}
{% macro date_of(path) -%}
  case
        when {{ path }} ~ '^{{ plain_day_pattern() }}(?:$|[T ])' then left({{ path }}, 10)
        else substring({{ path }} from '^[ \t\r\n]*({{ day_pattern() }})(?:$|[T \t\r\n])')
    end::date
{%- endmacro %}

{#- A time without a zone is taken as UTC, in which Strata's sessions are; a day alone is its midnight. -#}
{% macro timestamp_of(path) -%}
  case
        when {{ path }} ~ '^{{ plain_day_pattern() }}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z$' then {{ path }}
        else substring({{ path }} from '^[ \t\r\n]*({{ day_pattern() }}(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)? ?(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?)?)[ \t\r\n]*$')
    end::timestamptz
{%- endmacro %}

{#- All digits are kept: 75.00 stays 75.00. -#}
{% macro number_of(path) -%}
  substring({{ path }} from '^[ \t\r\n]*([+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?)[ \t\r\n]*$')::numeric
{%- endmacro %}

{#- A whole number of up to nine digits; 3.0 is one, 3.5 is not. -#}
{% macro integer_of(path) -%}
  substring({{ path }} from '^[ \t\r\n]*([+-]?[0-9]{1,9})(?:\.0*)?[ \t\r\n]*$')::integer
{%- endmacro %}

{% macro boolean_of(path) -%}
  case
        when lower(btrim({{ path }})) in ('true', 'yes', 'y', '1') then true
        when lower(btrim({{ path }})) in ('false', 'no', 'n', '0') then false
    end
{%- endmacro %}
