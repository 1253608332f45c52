{{ config(materialized='incremental', unique_key='referral_touch_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('referral_touch', 'r.source_instance_id', "r.data->>'id'") }} as referral_touch_id,
    r.source_instance_id,
    r.data->>'id' as source_referral_touch_id,
    {{ reference('patient', "r.data->'patient'->>'id'") }} as patient_id,
    {{ reference('referral_source', "r.data->'referralSource'->>'id'") }} as referral_source_id,
    {{ text_of("r.data->'referralSource'->>'name'") }} as referral_source_name,
    {{ date_of("r.data->>'touchDate'") }} as touch_date,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'patient_referral_touches')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
