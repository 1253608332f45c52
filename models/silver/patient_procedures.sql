{{ config(materialized='incremental', unique_key='patient_procedure_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('patient_procedure', 'r.source_instance_id', "r.data->>'id'") }} as patient_procedure_id,
    r.source_instance_id,
    r.data->>'id' as source_patient_procedure_id,
    {{ reference('patient', "r.data->'patient'->>'id'") }} as patient_id,
    {{ text_of("r.data->>'name'") }} as name,
    {{ text_of("r.data->>'code'") }} as code,
    {{ date_of("r.data->>'procedureDate'") }} as procedure_date,
    {{ text_of("r.data->>'bodySite'") }} as body_site,
    {{ text_of("r.data->'performedBy'->>'name'") }} as performed_by_name,
    {{ text_of("r.data->>'source'") }} as source,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'patient_procedures')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
