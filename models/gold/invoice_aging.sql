with remitted as (
    select
        invoice_id,
        sum(amount) as amount,
        count(*) as remittances,
        max(remittance_date) as last_remittance_on
    from {{ ref('remittances') }}
    where remittance_date <= {{ as_of() }} or remittance_date is null
    group by invoice_id
),

settled as (
    select
        i.invoice_id,
        i.source_instance_id,
        i.study_id,
        i.sponsor_name,
        i.invoice_number,
        i.status,
        i.invoice_date,
        i.due_date,
        i.amount,
        {{ is_void('i.status') }} as is_void,
        coalesce(r.remittances, 0) as remittances,
        r.last_remittance_on,
        -- What came in counts. An invoice that is said to be paid, though nobody recorded how, is paid.
        case
            when r.amount is not null then r.amount
            when i.paid_date <= {{ as_of() }} then i.amount
            else 0
        end as received,
        r.amount is null and coalesce(i.paid_date <= {{ as_of() }}, false) as is_paid_without_remittance
    from {{ ref('invoices') }} as i
    left join remitted as r using (invoice_id)
),

with_open_amount as (
    select
        invoice_id,
        source_instance_id,
        study_id,
        sponsor_name,
        invoice_number,
        status,
        invoice_date,
        due_date,
        amount,
        is_void,
        remittances,
        last_remittance_on,
        received,
        is_paid_without_remittance,
        case when is_void then 0 else amount - received end as open_amount,
        {{ as_of() }} - due_date as days_past_due
    from settled
)

select
    i.invoice_id,
    i.source_instance_id,
    ins.name as instance_name,
    i.study_id,
    st.name as study_name,
    i.sponsor_name,
    i.invoice_number,
    i.status,
    i.invoice_date,
    i.due_date,
    i.amount,
    i.received,
    i.open_amount,
    i.remittances,
    i.last_remittance_on,
    i.is_paid_without_remittance,
    case when i.open_amount > 0 and i.due_date is not null then greatest(i.days_past_due, 0) end as days_overdue,
    case
        when i.is_void then 'void'
        when i.open_amount is null then 'no amount'
        when i.open_amount = 0 then 'paid'
        when i.amount < 0 then 'credit'
        when i.open_amount < 0 then 'overpaid'
        when i.due_date is null then 'no due date'
        when i.days_past_due <= 0 then 'not due'
        when i.days_past_due <= 30 then '1 to 30 days'
        when i.days_past_due <= 60 then '31 to 60 days'
        when i.days_past_due <= 90 then '61 to 90 days'
        else 'over 90 days'
    end as age,
    {{ as_of() }} as as_of
from with_open_amount as i
left join {{ ref('studies') }} as st using (study_id)
left join {{ ref('instances') }} as ins on ins.source_instance_id = i.source_instance_id
