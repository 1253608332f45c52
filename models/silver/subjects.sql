-- Every field of the API record but id is assumed.
select
    {{ identity('subject', 's.source_instance_id', "s.data->>'id'") }} as subject_id,
    s.source_instance_id,
    s.data->>'id' as source_subject_id,
    {{ identity('patient', 's.source_instance_id', "s.data->'patient'->>'id'") }} as patient_id,
    {{ identity('study', 's.source_instance_id', "s.data->'study'->>'id'") }} as study_id,
    {{ text_of("s.data->>'subjectNumber'") }} as subject_number,
    {{ text_of("s.data->>'status'") }} as status,
    {{ date_of("s.data->>'screeningDate'") }} as screening_date,
    {{ date_of("s.data->>'enrollmentDate'") }} as enrollment_date,
    {{ timestamp_of("s.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("s.data->>'modifiedDate'") }} as modified_at,
    s.loaded_at
from {{ source('clinical_conductor', 'subjects') }} as s
where s.deleted_at is null
  and s.data->>'id' is not null
