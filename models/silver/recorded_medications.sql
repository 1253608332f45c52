{{ config(materialized='incremental', unique_key='patient_medication_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('patient_medication', 'r.source_instance_id', "r.data->>'id'") }} as patient_medication_id,
    r.source_instance_id,
    r.data->>'id' as source_patient_medication_id,
    {{ reference('patient', "r.data->'patient'->>'id'") }} as patient_id,
    {{ text_of("r.data->>'name'") }} as name,
    {{ text_of("r.data->>'dose'") }} as dose,
    {{ text_of("r.data->>'unit'") }} as unit,
    {{ text_of("r.data->>'frequency'") }} as frequency,
    {{ text_of("r.data->>'route'") }} as route,
    {{ date_of("r.data->>'startDate'") }} as start_date,
    {{ date_of("r.data->>'endDate'") }} as end_date,
    {{ text_of("r.data->>'source'") }} as source,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'patient_medications')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
