{{ config(materialized='incremental', unique_key='invoice_id') }}

-- Every field of the API record but id is assumed.
select
    {{ identity('invoice', 'r.source_instance_id', "r.data->>'id'") }} as invoice_id,
    r.source_instance_id,
    r.data->>'id' as source_invoice_id,
    {{ reference('study', "r.data->'study'->>'id'") }} as study_id,
    {{ reference('sponsor', "r.data->'sponsor'->>'id'") }} as sponsor_id,
    {{ text_of("r.data->'sponsor'->>'name'") }} as sponsor_name,
    {{ text_of("r.data->>'invoiceNumber'") }} as invoice_number,
    {{ number_of("r.data->>'amount'") }} as amount,
    {{ text_of("r.data->>'status'") }} as status,
    {{ date_of("r.data->>'invoiceDate'") }} as invoice_date,
    {{ date_of("r.data->>'dueDate'") }} as due_date,
    {{ date_of("r.data->>'paidDate'") }} as paid_date,
    {{ timestamp_of("r.data->>'createdDate'") }} as created_at,
    {{ timestamp_of("r.data->>'modifiedDate'") }} as modified_at
from {{ increment(source('clinical_conductor', 'invoices')) }} as r
where r.deleted_at is null
  and r.data->>'id' is not null
