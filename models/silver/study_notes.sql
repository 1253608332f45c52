{{ config(materialized='incremental', unique_key='study_note_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('study_note', 'r.source_instance_id', "r.data->>'id'") }} as study_note_id,
    r.source_instance_id,
    r.data->>'id' as source_study_note_id,
    {{ reference('study', "coalesce(r.data->'study'->>'id', r.context->>'studyId')") }} as study_id,
    {{ text_of("r.data->>'subjectLine'") }} as subject_line,
    {{ text_of("r.data->>'noteText'") }} as note_text,
    {{ reference('staff_member', "r.data->'author'->>'id'") }} as author_id,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'study_notes')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
