{#- What the table of an entity (see bronze_entities) holds, in one pass: a row per instance. Each record becomes a narrow row first, so that
    the joins with what it refers to carry no JSON; `offset 0` keeps Postgres from putting the two together again. -#}
{% macro bronze_counts(entity) %}
{%- set owner = bronze_source(entity) %}
{%- set references = entity.references.keys() | list %}
select
    '{{ owner }}' as source_name,
    '{{ entity.table }}' as entity,
    r.source_instance_id,
    count(*) filter (where not r.is_gone) as records,
    count(*) filter (where r.is_gone) as tombstones,
    sum(r.dates) filter (where not r.is_gone) as date_values,
    sum({{ how_many(references, 'r."{}"') }}) filter (where not r.is_gone) as reference_values,
    sum({{ how_many(references, 'r."{}"') }} - {{ how_many(references, '"{}".id') }}) filter (where not r.is_gone) as references_missing,
    max(r.updated_at) as last_changed_at
from (
    select
        r.source_instance_id,
        r.deleted_at is not null as is_gone,
        r.updated_at,
        {%- for field in references %}
        r.data->'{{ field }}'->>'id' as "{{ field }}",
        {%- endfor %}
        {{ how_many(entity.dates, text_of("r.data->>'{}'")) }} as dates
    from {{ source(owner, entity.table) }} as r
    offset 0
) as r
{%- for field, parent in entity.references.items() %}
left join (
    select p.source_instance_id, p.data->>'id' as id
    from {{ source(owner, parent) }} as p
    where p.deleted_at is null
) as "{{ field }}" on "{{ field }}".source_instance_id = r.source_instance_id and "{{ field }}".id = r."{{ field }}"
{%- endfor %}
group by r.source_instance_id
{% endmacro %}

{#- How many of these fields hold something. `sql`: how one of them is read; {} stands for its name. -#}
{% macro how_many(fields, sql) -%}
  {%- if fields | length == 0 -%} 0
  {%- else -%} num_nonnulls({% for field in fields %}{{ sql | replace('{}', field) }}{{ '' if loop.last else ', ' }}{% endfor %})
  {%- endif -%}
{%- endmacro %}
