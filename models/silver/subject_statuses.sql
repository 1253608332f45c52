{{ config(materialized='incremental', unique_key='subject_status_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('subject_status', 'r.source_instance_id', "r.data->>'id'") }} as subject_status_id,
    r.source_instance_id,
    r.data->>'id' as source_subject_status_id,
    {{ reference('subject', "r.data->'subject'->>'id'") }} as subject_id,
    {{ reference('study', "r.data->'study'->>'id'") }} as study_id,
    {{ text_of("r.data->>'status'") }} as status,
    {{ date_of("r.data->>'statusDate'") }} as status_date,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'subject_statuses')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
