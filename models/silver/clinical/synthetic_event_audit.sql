{{ config(
    materialized='incremental',
    unique_key='event_id',
    merge_exclude_columns=['recorded_at'],
    full_refresh=false,
    policies=[],
) }}

with records as (
    select
        c.*,
        row_number() over (partition by c.event_id order by {{ telling_first() }}) as place,
        count(c.spoke) over (partition by c.event_id) as records
    from {{ ref('clinical_event_candidates') }} as c
    where c.event_id in ({{ changed_keys(ref('clinical_event_candidates'), 'event_id') }})
)
select
    event_id,
    patient_id,
    spoke,
    record_id,
    source_instance_id,
    record_kind,
    source_record_id,
    records,
    now() as recorded_at
from records
where place = 1
  and not took_place
  and spoke is not null
