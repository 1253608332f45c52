{% macro convert_datetime(date_str, date_fmt) -%}
{%- set complaint = 'The partition date "' ~ date_str ~ '" is not of the form "' ~ date_fmt ~ '"' -%}
{{ return(try_or_compiler_error(complaint, modules.datetime.datetime.strptime, date_str.strip(), date_fmt)) }}
{%- endmacro %}

{% macro dates_in_range(start_date_str, end_date_str=none, in_fmt='%Y%m%d', out_fmt='%Y%m%d') -%}
{%- set first = convert_datetime(start_date_str, in_fmt) -%}
{%- set last = first if end_date_str is none else convert_datetime(end_date_str, in_fmt) -%}
{%- set days = (last - first).days -%}
{%- if days < 0 -%}
{{ exceptions.raise_compiler_error('The partitions begin (' ~ first ~ ') after they end (' ~ last ~ ')') }}
{%- endif -%}
{%- set dates = [] -%}
{%- for day in range(days + 1) -%}
{%- set date = first + modules.datetime.timedelta(days=day) -%}
{%- do dates.append(date.strftime(out_fmt) if out_fmt else date) -%}
{%- endfor -%}
{{ return(dates) }}
{%- endmacro %}

{% macro partition_range(raw_partition_date, date_fmt='%Y%m%d') -%}
{%- set ends = (raw_partition_date | string).split(',') -%}
{%- if ends | length > 2 -%}
{{ exceptions.raise_compiler_error('A partition range is one date, or two with a comma between; got ' ~ raw_partition_date) }}
{%- endif -%}
{{ return(dates_in_range(ends[0], ends[1] if ends | length == 2 else none, in_fmt=date_fmt)) }}
{%- endmacro %}

{% macro py_current_timestring() -%}
{{ return(modules.datetime.datetime.now().strftime('%Y%m%d%H%M%S%f')) }}
{%- endmacro %}
