{{ config(materialized='incremental', unique_key='study_milestone_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('study_milestone', 'r.source_instance_id', "r.data->>'id'") }} as study_milestone_id,
    r.source_instance_id,
    r.data->>'id' as source_study_milestone_id,
    {{ reference('study', "coalesce(r.data->'study'->>'id', r.context->>'studyId')") }} as study_id,
    {{ text_of("r.data->>'name'") }} as name,
    {{ date_of("r.data->>'plannedDate'") }} as planned_date,
    {{ date_of("r.data->>'actualDate'") }} as actual_date,
    {{ text_of("r.data->>'status'") }} as status,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'study_milestones')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
