{{ config(materialized='incremental', unique_key='study_id') }}

-- Known of the API record: id, name, status, sponsor.name. Assumed: protocolNumber, phase, therapeuticArea, targetEnrollment,
-- startDate, modifiedDate.
select
    {{ identity('study', 'r.source_instance_id', "r.data->>'id'") }} as study_id,
    r.source_instance_id,
    r.data->>'id' as source_study_id,
    {{ text_of("r.data->>'name'") }} as name,
    {{ text_of("r.data->>'protocolNumber'") }} as protocol_number,
    {{ text_of("r.data->>'status'") }} as status,
    substring(r.data->>'status' from '^[ \t\r\n]*([0-9]{1,4})\.')::integer as status_order,
    {{ text_of("r.data->>'phase'") }} as phase,
    {{ text_of("r.data->>'therapeuticArea'") }} as therapeutic_area,
    {{ text_of("r.data->'sponsor'->>'name'") }} as sponsor_name,
    {{ integer_of("r.data->>'targetEnrollment'") }} as target_enrollment,
    {{ date_of("r.data->>'startDate'") }} as start_date,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at,
    r.loaded_at::timestamptz as loaded_at
from {{ increment(source('clinical_conductor', 'studies')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
