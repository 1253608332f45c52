{{ config(materialized='incremental', unique_key='remittance_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('remittance', 'r.source_instance_id', "r.data->>'id'") }} as remittance_id,
    r.source_instance_id,
    r.data->>'id' as source_remittance_id,
    {{ reference('invoice', "r.data->'invoice'->>'id'") }} as invoice_id,
    {{ reference('study', "r.data->'study'->>'id'") }} as study_id,
    {{ number_of("r.data->>'amount'") }} as amount,
    {{ date_of("r.data->>'remittanceDate'") }} as remittance_date,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'remittances')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
