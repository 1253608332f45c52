-- id, name, status and sponsor.name are known; every other field of the API record is assumed.
select
    {{ identity('study', 's.source_instance_id', "s.data->>'id'") }} as study_id,
    s.source_instance_id,
    s.data->>'id' as source_study_id,
    {{ text_of("s.data->>'name'") }} as name,
    {{ text_of("s.data->>'protocolNumber'") }} as protocol_number,
    {{ text_of("s.data->>'status'") }} as status,
    substring(s.data->>'status' from '^\s*(\d+)\.')::integer as status_order,
    {{ text_of("s.data->>'phase'") }} as phase,
    {{ text_of("s.data->>'therapeuticArea'") }} as therapeutic_area,
    {{ text_of("s.data->'sponsor'->>'name'") }} as sponsor_name,
    case when s.data->>'targetEnrollment' ~ '^\d{1,9}$' then (s.data->>'targetEnrollment')::integer end as target_enrollment,
    {{ date_of("s.data->>'startDate'") }} as start_date,
    {{ timestamp_of("s.data->>'modifiedDate'") }} as modified_at,
    s.loaded_at
from {{ source('clinical_conductor', 'studies') }} as s
where s.deleted_at is null
  and s.data->>'id' is not null
