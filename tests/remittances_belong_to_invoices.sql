{{ config(severity='warn') }}

-- Money that came in for an invoice which is not known is missing in invoice_aging.
select r.remittance_id, r.amount
from {{ ref('remittances') }} as r
left join {{ ref('invoices') }} as i using (invoice_id)
where i.invoice_id is null
