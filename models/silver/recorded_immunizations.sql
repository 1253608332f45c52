{{ config(materialized='incremental', unique_key='patient_immunization_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('patient_immunization', 'r.source_instance_id', "r.data->>'id'") }} as patient_immunization_id,
    r.source_instance_id,
    r.data->>'id' as source_patient_immunization_id,
    {{ reference('patient', "r.data->'patient'->>'id'") }} as patient_id,
    {{ text_of("r.data->>'name'") }} as name,
    {{ text_of("r.data->>'code'") }} as code,
    {{ date_of("r.data->>'administeredDate'") }} as administered_date,
    {{ text_of("r.data->>'lotNumber'") }} as lot_number,
    {{ text_of("r.data->>'site'") }} as site,
    {{ text_of("r.data->>'status'") }} as status,
    {{ text_of("r.data->>'source'") }} as source,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'patient_immunizations')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
