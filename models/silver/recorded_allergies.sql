{{ config(materialized='incremental', unique_key='patient_allergy_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('patient_allergy', 'r.source_instance_id', "r.data->>'id'") }} as patient_allergy_id,
    r.source_instance_id,
    r.data->>'id' as source_patient_allergy_id,
    {{ reference('patient', "r.data->'patient'->>'id'") }} as patient_id,
    {{ text_of("r.data->>'name'") }} as name,
    {{ text_of("r.data->>'reaction'") }} as reaction,
    {{ text_of("r.data->>'severity'") }} as severity,
    {{ text_of("r.data->>'status'") }} as status,
    {{ date_of("r.data->>'onsetDate'") }} as onset_date,
    {{ date_of("r.data->>'endDate'") }} as end_date,
    {{ reference('staff_member', "r.data->'recordedBy'->>'id'") }} as recorded_by_id,
    {{ text_of("r.data->'recordedBy'->>'name'") }} as recorded_by_name,
    {{ text_of("r.data->>'source'") }} as source,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'patient_allergies')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
