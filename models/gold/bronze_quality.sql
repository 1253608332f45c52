{# lint: off bronze-in-gold it is about bronze #}
{% set entities = bronze_entities() %}

-- A date is unreadable where silver makes null of what is there: the macros are the same.
with {% for entity in entities %}
{% set source_name = entity.get('source', 'clinical_conductor') %}
{{ entity.table }}_counts as (
    select
        '{{ source_name }}' as source_name,
        '{{ entity.table }}' as entity,
        '{{ entity.get('landed_in', 'dim_' ~ entity.table ~ '_staging') }}' as target_table,
        r.source_instance_id,
        count(*) filter (where r.deleted_at is null) as records,
        count(*) filter (where r.deleted_at is not null) as tombstones,
        0
        {%- for field in entity.dates %}
            + count(*) filter (where r.deleted_at is null and {{ text_of("r.data->>'" ~ field ~ "'") }} is not null)
        {%- endfor %} as date_values,
        0
        {%- for field in entity.dates %}
            + count(*) filter (where r.deleted_at is null and {{ is_unreadable("r.data->>'" ~ field ~ "'") }})
        {%- endfor %} as date_unreadable,
        0
        {%- for field in entity.references %}
            + count(*) filter (where r.deleted_at is null and r.data->'{{ field }}'->>'id' is not null)
        {%- endfor %} as reference_values,
        0
        {%- for field in entity.references %}
            + count(*) filter (where r.deleted_at is null and r.data->'{{ field }}'->>'id' is not null and "{{ field }}".id is null)
        {%- endfor %} as reference_missing,
        max(r.updated_at) as last_changed_at
    from {{ source(source_name, entity.table) }} as r
    {% for field, parent in entity.references.items() %}
    left join (
        select p.source_instance_id, p.data->>'id' as id
        from {{ source(source_name, parent) }} as p
        where p.deleted_at is null
    ) as "{{ field }}" on "{{ field }}".source_instance_id = r.source_instance_id and "{{ field }}".id = r.data->'{{ field }}'->>'id'
    {% endfor %}
    group by r.source_instance_id
),

{% endfor %}
counts as (
    {% for entity in entities %}
    select
        source_name, entity, target_table, source_instance_id, records, tombstones,
        date_values, date_unreadable, reference_values, reference_missing, last_changed_at
    from {{ entity.table }}_counts
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}
),

entities (source_name, entity, target_table) as (
    values
    {% for entity in entities %}
        ('{{ entity.get('source', 'clinical_conductor') }}', '{{ entity.table }}', '{{ entity.get('landed_in', 'dim_' ~ entity.table ~ '_staging') }}'){{ '' if loop.last else ',' }}
    {% endfor %}
),

-- A run with a context was about a part; a success that says something is that of an endpoint which is not there.
landings as (
    select
        j.target_table,
        j.source_instance_id,
        bool_or(coalesce(j.is_active, true)) as is_active,
        max(r.started_at) filter (
            where r.run_status = 'success' and r.error_message is null and r.run_context is null
        ) as last_complete_at,
        (array_agg(r.run_status::text order by r.started_at desc nulls last, r.run_id desc) filter (where r.run_id is not null))[1] as last_run_status
    from {{ source('landing', 'dw_etl_jobs') }} as j
    left join {{ source('landing', 'dw_etl_runs') }} as r on r.job_id = j.id
    group by j.target_table, j.source_instance_id
),

landings_of_entities as (
    select
        e.source_name,
        e.entity,
        l.target_table,
        l.source_instance_id,
        l.is_active,
        l.last_complete_at,
        l.last_run_status
    from landings as l
    join entities as e using (target_table)
)

select
    coalesce(c.source_name, l.source_name) as source_name,
    coalesce(c.entity, l.entity) as entity,
    coalesce(c.source_instance_id, l.source_instance_id) as source_instance_id,
    ins.name as instance_name,
    coalesce(l.is_active, false) as is_landed,
    coalesce(c.records, 0) as records,
    coalesce(c.tombstones, 0) as tombstones,
    coalesce(c.date_values, 0) as date_values,
    coalesce(c.date_unreadable, 0) as dates_unreadable,
    coalesce(c.reference_values, 0) as reference_values,
    coalesce(c.reference_missing, 0) as references_missing,
    {{ percent('c.date_unreadable', 'c.date_values') }} as dates_unreadable_percent,
    {{ percent('c.reference_missing', 'c.reference_values') }} as references_missing_percent,
    c.last_changed_at,
    l.last_run_status,
    l.last_complete_at,
    greatest({{ as_of() }} - (l.last_complete_at at time zone 'UTC')::date, case when l.last_complete_at is not null then 0 end) as days_since_complete,
    {{ as_of() }} as as_of
from counts as c
full join landings_of_entities as l
    on l.target_table = c.target_table and l.source_instance_id = c.source_instance_id
left join {{ ref('instances') }} as ins on ins.source_instance_id = coalesce(c.source_instance_id, l.source_instance_id)
