{{ config(materialized='incremental', unique_key='appointment_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('appointment', 'r.source_instance_id', "r.data->>'id'") }} as appointment_id,
    r.source_instance_id,
    r.data->>'id' as source_appointment_id,
    {{ reference('patient', "r.data->'patient'->>'id'") }} as patient_id,
    {{ reference('subject', "r.data->'subject'->>'id'") }} as subject_id,
    {{ reference('study', "r.data->'study'->>'id'") }} as study_id,
    {{ reference('patient_visit', "r.data->'patientVisit'->>'id'") }} as patient_visit_id,
    {{ reference('site', "r.data->'site'->>'id'") }} as site_id,
    {{ reference('staff_member', "r.data->'staff'->>'id'") }} as staff_id,
    {{ text_of("r.data->>'appointmentType'") }} as appointment_type,
    {{ text_of("r.data->>'status'") }} as status,
    {{ timestamp_of("r.data->>'startDate'") }} as start_date,
    {{ timestamp_of("r.data->>'endDate'") }} as end_date,
    {{ text_of("r.data->>'notes'") }} as notes,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'appointments')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
