{{ config(materialized='incremental', unique_key='visit_id') }}

-- Known of the API record: id, study.id. Every other field is assumed.
select
    {{ identity('visit', 'r.source_instance_id', "r.data->>'id'") }} as visit_id,
    r.source_instance_id,
    r.data->>'id' as source_visit_id,
    {{ reference('study', "coalesce(r.data->'study'->>'id', r.context->>'studyId')") }} as study_id,
    {{ text_of("r.data->'study'->>'name'") }} as study_name,
    {{ text_of("r.data->>'name'") }} as name,
    {{ text_of("r.data->>'visitType'") }} as visit_type,
    {{ integer_of("r.data->>'sequence'") }} as sequence,
    {{ integer_of("r.data->>'targetDay'") }} as target_day,
    {{ integer_of("r.data->>'windowBefore'") }} as window_before,
    {{ integer_of("r.data->>'windowAfter'") }} as window_after,
    {{ number_of("r.data->>'stipend'") }} as stipend,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'visits')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
