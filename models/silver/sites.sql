{{ config(materialized='incremental', unique_key='site_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('site', 'r.source_instance_id', "r.data->>'id'") }} as site_id,
    r.source_instance_id,
    r.data->>'id' as source_site_id,
    {{ text_of("r.data->>'name'") }} as name,
    {{ text_of("r.data->>'city'") }} as city,
    {{ text_of("r.data->>'state'") }} as state,
    {{ text_of("r.data->>'status'") }} as status,
    r.loaded_at::timestamptz as loaded_at
from {{ increment(source('clinical_conductor', 'sites')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
