{{ config(materialized='incremental', unique_key='patient_visit_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('patient_visit', 'r.source_instance_id', "r.data->>'id'") }} as patient_visit_id,
    r.source_instance_id,
    r.data->>'id' as source_patient_visit_id,
    {{ reference('patient', "r.data->'patient'->>'id'") }} as patient_id,
    {{ reference('subject', "r.data->'subject'->>'id'") }} as subject_id,
    {{ reference('study', "r.data->'study'->>'id'") }} as study_id,
    {{ text_of("r.data->'study'->>'name'") }} as study_name,
    {{ reference('visit', "r.data->'visit'->>'id'") }} as visit_id,
    {{ text_of("r.data->'visit'->>'name'") }} as visit_name,
    {{ reference('site', "r.data->'site'->>'id'") }} as site_id,
    {{ text_of("r.data->>'status'") }} as status,
    {{ date_of("r.data->>'targetDate'") }} as target_date,
    {{ date_of("r.data->>'windowStart'") }} as window_start,
    {{ date_of("r.data->>'windowEnd'") }} as window_end,
    {{ date_of("r.data->>'scheduledDate'") }} as scheduled_date,
    {{ date_of("r.data->>'completedDate'") }} as completed_date,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'patient_visits')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
