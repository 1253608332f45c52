{{ config(materialized='incremental', unique_key='patient_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('patient', 'p.source_instance_id', "p.data->>'id'") }} as patient_id,
    p.source_instance_id,
    p.data->>'id' as source_patient_id,
    {{ text_of("p.data->>'firstName'") }} as first_name,
    {{ text_of("p.data->>'lastName'") }} as last_name,
    {{ date_of("p.data->>'dateOfBirth'") }} as date_of_birth,
    lower({{ text_of("p.data->>'sex'") }}) as sex,
    lower({{ text_of("p.data->>'email'") }}) as email,
    {{ text_of("p.data->>'phone'") }} as phone,
    {{ text_of("p.data->>'status'") }} as status,
    case
        when p.data->'primarySite'->>'id' is not null
        then {{ identity('site', 'p.source_instance_id', "p.data->'primarySite'->>'id'") }}
    end as primary_site_id,
    {{ timestamp_of("p.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("p.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'patients')) }} as p
where p.deleted_at is null
  and p.data->>'id' is not null
