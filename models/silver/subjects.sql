{{ config(materialized='incremental', unique_key='subject_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('subject', 'r.source_instance_id', "r.data->>'id'") }} as subject_id,
    r.source_instance_id,
    r.data->>'id' as source_subject_id,
    {{ reference('patient', "r.data->'patient'->>'id'") }} as patient_id,
    {{ reference('study', "coalesce(r.data->'study'->>'id', r.context->>'studyId')") }} as study_id,
    {{ text_of("r.data->>'subjectNumber'") }} as subject_number,
    {{ text_of("r.data->>'status'") }} as status,
    {{ date_of("r.data->>'screeningDate'") }} as screening_date,
    {{ date_of("r.data->>'enrollmentDate'") }} as enrollment_date,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at,
    r.loaded_at::timestamptz as loaded_at
from {{ increment(source('clinical_conductor', 'subjects')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
