{{ config(materialized='incremental', unique_key='patient_condition_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('patient_condition', 'r.source_instance_id', "r.data->>'id'") }} as patient_condition_id,
    r.source_instance_id,
    r.data->>'id' as source_patient_condition_id,
    {{ reference('patient', "r.data->'patient'->>'id'") }} as patient_id,
    {{ text_of("r.data->>'name'") }} as name,
    {{ text_of("r.data->>'code'") }} as code,
    {{ text_of("r.data->>'status'") }} as status,
    {{ date_of("r.data->>'onsetDate'") }} as onset_date,
    {{ date_of("r.data->>'endDate'") }} as end_date,
    {{ text_of("r.data->>'source'") }} as source,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'patient_conditions')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
