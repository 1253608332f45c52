{{ config(materialized='incremental', unique_key='patient_visit_element_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('patient_visit_element', 'r.source_instance_id', "r.data->>'id'") }} as patient_visit_element_id,
    r.source_instance_id,
    r.data->>'id' as source_patient_visit_element_id,
    {{ reference('patient_visit', "coalesce(r.data->'patientVisit'->>'id', r.context->>'patientVisitId')") }} as patient_visit_id,
    {{ reference('patient', "r.data->'patient'->>'id'") }} as patient_id,
    {{ reference('element', "r.data->'element'->>'id'") }} as element_id,
    {{ text_of("r.data->'element'->>'name'") }} as element_name,
    {{ text_of("r.data->>'status'") }} as status,
    {{ timestamp_of("r.data->>'performedDate'") }} as performed_date,
    {{ text_of("r.data->>'result'") }} as result,
    {{ text_of("r.data->>'unit'") }} as unit,
    {{ reference('staff_member', "r.data->'performedBy'->>'id'") }} as performed_by_id,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'patient_visit_elements')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
