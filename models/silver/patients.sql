{{ config(materialized='incremental', unique_key='patient_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('patient', 'r.source_instance_id', "r.data->>'id'") }} as patient_id,
    r.source_instance_id,
    r.data->>'id' as source_patient_id,
    {{ text_of("r.data->>'firstName'") }} as first_name,
    {{ text_of("r.data->>'lastName'") }} as last_name,
    {{ date_of("r.data->>'dateOfBirth'") }} as date_of_birth,
    lower({{ text_of("r.data->>'sex'") }}) as sex,
    lower({{ text_of("r.data->>'email'") }}) as email,
    {{ text_of("r.data->>'phone'") }} as phone,
    {{ text_of("r.data->>'status'") }} as status,
    {{ reference('site', "r.data->'primarySite'->>'id'") }} as primary_site_id,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'patients')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
