{{ config(materialized='incremental', unique_key='id', policies=patient_policies(), indexes=[{'columns': ['patient_id']}]) }}

with records as (
    select
        c.*,
        -- A visit knows its day, its appointment the time of day.
        min(c.occurred_at) filter (where c.record_kind = 'appointment' and c.took_place) over of_encounter as booked_at,
        max(c.ended_at) filter (where c.record_kind = 'appointment' and c.took_place) over of_encounter as booked_until
    from {{ ref('clinical_event_candidates') }} as c
    where c.encounter_id in ({{ changed_keys(ref('clinical_event_candidates'), 'encounter_id', into='id') }})
    window of_encounter as (partition by c.encounter_id)
)
select distinct on (encounter_id)
    encounter_id as id,
    patient_id,
    source_instance_id,
    source_record_id as source_encounter_id,
    study_id,
    subject_id,
    site_id,
    case record_kind when 'patient_visit' then 'visit' else 'appointment' end as encounter_type,
    event_name as name,
    status,
    coalesce(booked_at, occurred_at) as started_at,
    coalesce(booked_until, ended_at) as ended_at,
    created_at,
    updated_at
from records
order by encounter_id, record_kind <> 'patient_visit', not took_place, occurred_at desc nulls last, record_id
