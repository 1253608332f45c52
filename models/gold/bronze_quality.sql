{# lint: off bronze-in-gold it is about bronze #}
{% set entities = bronze_entities() %}

with counts as (
    {% for entity in entities %}
    {{ bronze_counts(entity) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

unreadable as (
    select
        source_name,
        entity,
        source_instance_id,
        sum(cardinality(fields)) as dates
    from {{ ref('unreadable_dates') }}
    group by source_name, entity, source_instance_id
),

entities (source_name, entity, target_table) as (
    values
    {% for entity in entities %}
        ('{{ bronze_source(entity) }}', '{{ entity.table }}', '{{ bronze_table(entity) }}'){{ '' if loop.last else ',' }}
    {% endfor %}
),

-- A run with a context was about a part; a success that says something is that of an endpoint which is not there.
landings as (
    select
        e.source_name,
        e.entity,
        j.source_instance_id,
        bool_or(coalesce(j.is_active, true)) as is_active,
        max(r.started_at) filter (
            where r.run_status = 'success' and r.error_message is null and r.run_context is null
        ) as last_complete_at,
        (array_agg(r.run_status::text order by r.started_at desc nulls last, r.run_id desc) filter (where r.run_id is not null))[1] as last_run_status
    from entities as e
    join {{ source('landing', 'dw_etl_jobs') }} as j on j.target_table = e.target_table
    left join {{ source('landing', 'dw_etl_runs') }} as r on r.job_id = j.id
    group by e.source_name, e.entity, j.source_instance_id
),

names as (
    select source_instance_id, name as instance_name
    from {{ ref('instances') }}
)

select
    source_name,
    entity,
    source_instance_id,
    n.instance_name,
    coalesce(l.is_active, false) as is_landed,
    coalesce(c.records, 0) as records,
    coalesce(c.tombstones, 0) as tombstones,
    coalesce(c.date_values, 0) as date_values,
    coalesce(u.dates, 0) as dates_unreadable,
    coalesce(c.reference_values, 0) as reference_values,
    coalesce(c.references_missing, 0) as references_missing,
    {{ percent('coalesce(u.dates, 0)', 'c.date_values') }} as dates_unreadable_percent,
    {{ percent('c.references_missing', 'c.reference_values') }} as references_missing_percent,
    c.last_changed_at,
    l.last_run_status,
    l.last_complete_at,
    greatest({{ as_of() }} - (l.last_complete_at at time zone 'UTC')::date, case when l.last_complete_at is not null then 0 end) as days_since_complete,
    {{ as_of() }} as as_of
from counts as c
full join landings as l using (source_name, entity, source_instance_id)
left join unreadable as u using (source_name, entity, source_instance_id)
left join names as n using (source_instance_id)
