{{ config(materialized='incremental', unique_key=['source_name', 'entity', 'bronze_id']) }}

-- Nearly every record is known to be sound by one look at all of its dates together; what is left is looked at one by one.
{% for entity in bronze_entities() if entity.dates %}
{% set owner = bronze_source(entity) %}
select
    '{{ owner }}'::text as source_name,
    '{{ entity.table }}'::text as entity,
    r.source_instance_id,
    r.id as bronze_id,
    r.data->>'id' as source_record_id,
    u.fields
from {{ increment(source(owner, entity.table)) }} as r
cross join lateral (
    select array_agg(d.field order by d.place) as fields
    from (values
        {% for field in entity.dates %}
        ({{ loop.index }}, '{{ field }}', r.data->>'{{ field }}'){{ '' if loop.last else ',' }}
        {% endfor %}
    ) as d (place, field, value)
    where {{ text_of('d.value') }} is not null and {{ timestamp_of('d.value') }} is null
) as u
where r.deleted_at is null
  and concat_ws(e'\x1f', {% for field in entity.dates %}r.data->>'{{ field }}'{{ '' if loop.last else ', ' }}{% endfor %}) !~ '{{ plain_dates_pattern() }}'
  and u.fields is not null
{% if not loop.last %}
union all
{% endif %}
{% endfor %}
