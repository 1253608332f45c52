{{ config(materialized='incremental', unique_key='id', policies=patient_policies(), indexes=[{'columns': ['event_id']}, {'columns': ['patient_id']}]) }}

select
    c.record_id as id,
    c.event_id,
    c.patient_id,
    c.source_instance_id,
    c.record_kind,
    c.source_record_id,
    c.name,
    c.value_text,
    {{ number_of('c.value_text') }} as value_number,
    c.unit,
    c.occurred_at as observed_at,
    c.performed_by_id,
    c.created_at,
    c.updated_at
from {{ increment(ref('clinical_event_candidates')) }} as c
where c.spoke = 'patient_observations'
