{{ config(materialized='incremental', unique_key='id', policies=patient_policies(), indexes=[{'columns': ['patient_id']}]) }}

with events as (
    select e.*, (e.event_date at time zone 'UTC')::date as event_day
    from {{ ref('patient_clinical_events') }} as e
    where e.patient_id in ({{ changed_keys(ref('patient_clinical_events'), 'patient_id') }})
)
select
    {{ identity('healthcare_timeline_event', 'source_instance_id', "patient_id::text || ':' || coalesce(event_day::text, 'undated')") }} as id,
    patient_id,
    source_instance_id,
    event_day,
    string_agg(distinct event_name, ', ') as title,
    count(*) as event_count,
    count(*) filter (where is_synthetic) as synthetic_count,
    array_agg(distinct activity_type) as activity_types,
    array_agg(id order by event_date, id) as clinical_event_ids,
    min(event_date) as first_event_at,
    max(updated_at) as updated_at
from events
group by patient_id, source_instance_id, event_day
