{{ config(materialized='incremental', unique_key='study_document_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('study_document', 'r.source_instance_id', "r.data->>'id'") }} as study_document_id,
    r.source_instance_id,
    r.data->>'id' as source_study_document_id,
    {{ reference('study', "coalesce(r.data->'study'->>'id', r.context->>'studyId')") }} as study_id,
    {{ text_of("r.data->>'name'") }} as name,
    {{ text_of("r.data->>'documentType'") }} as document_type,
    {{ text_of("r.data->>'version'") }} as version,
    {{ text_of("r.data->>'status'") }} as status,
    {{ date_of("r.data->>'documentDate'") }} as document_date,
    {{ date_of("r.data->>'expirationDate'") }} as expiration_date,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'study_documents')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
