{{ config(materialized='incremental', unique_key='campaign_touch_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('campaign_touch', 'r.source_instance_id', "r.data->>'id'") }} as campaign_touch_id,
    r.source_instance_id,
    r.data->>'id' as source_campaign_touch_id,
    {{ reference('patient', "r.data->'patient'->>'id'") }} as patient_id,
    {{ reference('campaign', "r.data->'campaign'->>'id'") }} as campaign_id,
    {{ text_of("r.data->'campaign'->>'name'") }} as campaign_name,
    {{ text_of("r.data->>'channel'") }} as channel,
    {{ date_of("r.data->>'touchDate'") }} as touch_date,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'patient_campaign_touches')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
