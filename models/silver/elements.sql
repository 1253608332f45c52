{{ config(materialized='incremental', unique_key='element_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('element', 'r.source_instance_id', "r.data->>'id'") }} as element_id,
    r.source_instance_id,
    r.data->>'id' as source_element_id,
    {{ text_of("r.data->>'name'") }} as name,
    {{ text_of("r.data->>'code'") }} as code,
    {{ text_of("r.data->>'category'") }} as category,
    {{ text_of("r.data->>'unit'") }} as unit,
    {{ text_of("r.data->>'status'") }} as status,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'elements')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
