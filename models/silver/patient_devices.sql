{{ config(materialized='incremental', unique_key='patient_device_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('patient_device', 'r.source_instance_id', "r.data->>'id'") }} as patient_device_id,
    r.source_instance_id,
    r.data->>'id' as source_patient_device_id,
    {{ reference('patient', "r.data->'patient'->>'id'") }} as patient_id,
    {{ text_of("r.data->>'name'") }} as name,
    {{ text_of("r.data->>'manufacturer'") }} as manufacturer,
    {{ date_of("r.data->>'implantDate'") }} as implant_date,
    {{ date_of("r.data->>'removalDate'") }} as removal_date,
    {{ text_of("r.data->>'bodySite'") }} as body_site,
    {{ text_of("r.data->>'source'") }} as source,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'patient_devices')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
