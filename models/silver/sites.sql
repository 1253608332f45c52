-- Assumed fields of the API record: name, city, state, status.
select
    {{ identity('site', 's.source_instance_id', "s.data->>'id'") }} as site_id,
    s.source_instance_id,
    s.data->>'id' as source_site_id,
    {{ text_of("s.data->>'name'") }} as name,
    {{ text_of("s.data->>'city'") }} as city,
    {{ text_of("s.data->>'state'") }} as state,
    {{ text_of("s.data->>'status'") }} as status,
    s.loaded_at
from {{ source('clinical_conductor', 'sites') }} as s
where s.deleted_at is null
  and s.data->>'id' is not null
