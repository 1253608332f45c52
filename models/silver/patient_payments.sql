{{ config(materialized='incremental', unique_key='patient_payment_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('patient_payment', 'r.source_instance_id', "r.data->>'id'") }} as patient_payment_id,
    r.source_instance_id,
    r.data->>'id' as source_patient_payment_id,
    {{ reference('patient', "r.data->'patient'->>'id'") }} as patient_id,
    {{ reference('subject', "r.data->'subject'->>'id'") }} as subject_id,
    {{ reference('study', "r.data->'study'->>'id'") }} as study_id,
    {{ reference('patient_visit', "r.data->'patientVisit'->>'id'") }} as patient_visit_id,
    {{ number_of("r.data->>'amount'") }} as amount,
    {{ text_of("r.data->>'currency'") }} as currency,
    {{ text_of("r.data->>'status'") }} as status,
    {{ date_of("r.data->>'paidDate'") }} as paid_date,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'patient_payments')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
