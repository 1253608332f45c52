{{ config(materialized='incremental', unique_key='study_query_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('study_query', 'r.source_instance_id', "r.data->>'id'") }} as study_query_id,
    r.source_instance_id,
    r.data->>'id' as source_study_query_id,
    {{ reference('study', "coalesce(r.data->'study'->>'id', r.context->>'studyId')") }} as study_id,
    {{ reference('subject', "r.data->'subject'->>'id'") }} as subject_id,
    {{ reference('patient_visit', "r.data->'patientVisit'->>'id'") }} as patient_visit_id,
    {{ text_of("r.data->>'queryText'") }} as query_text,
    {{ text_of("r.data->>'status'") }} as status,
    {{ date_of("r.data->>'openedDate'") }} as opened_date,
    {{ date_of("r.data->>'answeredDate'") }} as answered_date,
    {{ date_of("r.data->>'closedDate'") }} as closed_date,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'queries')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
