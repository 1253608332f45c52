{{ config(materialized='incremental', unique_key='concomitant_medication_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('concomitant_medication', 'r.source_instance_id', "r.data->>'id'") }} as concomitant_medication_id,
    r.source_instance_id,
    r.data->>'id' as source_concomitant_medication_id,
    {{ reference('patient', "r.data->'patient'->>'id'") }} as patient_id,
    {{ reference('subject', "r.data->'subject'->>'id'") }} as subject_id,
    {{ reference('study', "coalesce(r.data->'study'->>'id', r.context->>'studyId')") }} as study_id,
    {{ text_of("r.data->>'name'") }} as name,
    {{ text_of("r.data->>'dose'") }} as dose,
    {{ text_of("r.data->>'unit'") }} as unit,
    {{ text_of("r.data->>'frequency'") }} as frequency,
    {{ text_of("r.data->>'route'") }} as route,
    {{ date_of("r.data->>'startDate'") }} as start_date,
    {{ date_of("r.data->>'endDate'") }} as end_date,
    {{ text_of("r.data->>'source'") }} as source,
    {{ text_of("r.data->>'indication'") }} as indication,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'concomitant_medications')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
