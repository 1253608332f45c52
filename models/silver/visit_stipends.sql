{{ config(materialized='incremental', unique_key='visit_stipend_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('visit_stipend', 'r.source_instance_id', "r.data->>'id'") }} as visit_stipend_id,
    r.source_instance_id,
    r.data->>'id' as source_visit_stipend_id,
    {{ reference('patient', "r.data->'patient'->>'id'") }} as patient_id,
    {{ reference('patient_visit', "r.data->'patientVisit'->>'id'") }} as patient_visit_id,
    {{ reference('study', "r.data->'study'->>'id'") }} as study_id,
    {{ number_of("r.data->>'amount'") }} as amount,
    {{ text_of("r.data->>'status'") }} as status,
    {{ date_of("r.data->>'approvedDate'") }} as approved_date,
    {{ date_of("r.data->>'paidDate'") }} as paid_date,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'visit_stipends')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
