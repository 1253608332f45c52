{{ config(materialized='incremental', unique_key='prospect_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('prospect', 'r.source_instance_id', "r.data->>'id'") }} as prospect_id,
    r.source_instance_id,
    r.data->>'id' as source_prospect_id,
    {{ text_of("r.data->>'firstName'") }} as first_name,
    {{ text_of("r.data->>'lastName'") }} as last_name,
    {{ text_of("r.data->>'source'") }} as source,
    {{ text_of("r.data->>'status'") }} as status,
    {{ reference('patient', "r.data->'convertedPatient'->>'id'") }} as converted_patient_id,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'prospects')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
