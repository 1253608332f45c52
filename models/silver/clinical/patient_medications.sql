{{ config(materialized='incremental', unique_key='id', policies=patient_policies(), indexes=[{'columns': ['event_id']}, {'columns': ['patient_id']}]) }}

select
    c.record_id as id,
    c.event_id,
    c.patient_id,
    c.source_instance_id,
    c.record_kind,
    c.source_record_id,
    c.name,
    c.dose,
    c.unit,
    c.frequency,
    c.route,
    c.indication,
    c.start_date,
    c.end_date,
    c.study_id,
    c.subject_id,
    c.entered_by,
    c.created_at,
    c.updated_at
from {{ increment(ref('clinical_event_candidates')) }} as c
where c.spoke = 'patient_medications'
