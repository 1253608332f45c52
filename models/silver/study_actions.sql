{{ config(materialized='incremental', unique_key='study_action_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('study_action', 'r.source_instance_id', "r.data->>'id'") }} as study_action_id,
    r.source_instance_id,
    r.data->>'id' as source_study_action_id,
    {{ reference('study', "coalesce(r.data->'study'->>'id', r.context->>'studyId')") }} as study_id,
    {{ text_of("r.data->>'name'") }} as name,
    {{ text_of("r.data->>'status'") }} as status,
    {{ date_of("r.data->>'dueDate'") }} as due_date,
    {{ date_of("r.data->>'completedDate'") }} as completed_date,
    {{ reference('staff_member', "r.data->'assignedTo'->>'id'") }} as assigned_to_id,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'study_actions')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
