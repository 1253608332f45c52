{{ config(materialized='incremental', unique_key='visit_element_id') }}

-- Every field of the API record but id is assumed. Its id tells elements of one visit apart, so that of the visit belongs to the key.
select
    {{ identity('visit_element', 'r.source_instance_id', "coalesce(r.context->>'visitId', r.data->'visit'->>'id') || ':' || (r.data->>'id')") }} as visit_element_id,
    r.source_instance_id,
    r.data->>'id' as source_visit_element_id,
    {{ reference('visit', "coalesce(r.data->'visit'->>'id', r.context->>'visitId')") }} as visit_id,
    {{ reference('study', "coalesce(r.data->'study'->>'id', r.context->>'studyId')") }} as study_id,
    {{ reference('element', "r.data->'element'->>'id'") }} as element_id,
    {{ text_of("r.data->'element'->>'name'") }} as element_name,
    {{ integer_of("r.data->>'sequence'") }} as sequence,
    {{ boolean_of("r.data->>'isRequired'") }} as is_required,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'visit_element_relationships')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
  and coalesce(r.data->'visit'->>'id', r.context->>'visitId') is not null
