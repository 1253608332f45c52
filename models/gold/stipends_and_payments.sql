{% set has_sums = '(c.is_mixed is not true and i.source_instance_id is not null)' %}

with visit_amounts as (
    select
        study_id,
        count(*) filter (where entitled > 0) as visits_with_stipend,
        count(*) filter (where state in ('no payment', 'partly paid')) as visits_waiting,
        count(*) filter (where state = 'overpaid') as visits_overpaid,
        count(*) filter (where state = 'several currencies') as visits_in_several_currencies,
        sum(entitled) as entitled,
        sum(paid) as paid_for_visits,
        sum(balance) filter (where balance > 0) as owed,
        min(completed_date) filter (where state in ('no payment', 'partly paid')) as waiting_since,
        percentile_disc(0.5) within group (order by paid_on - completed_date)
            filter (where state = 'settled' and paid_on >= completed_date) as median_days_to_payment
    from {{ ref('visit_payments') }}
    group by study_id
),

other_payments as (
    -- For travel, say; or for a visit that is not known (any more).
    select
        pp.study_id,
        sum(pp.amount) as paid
    from {{ ref('patient_payments') }} as pp
    left join {{ ref('patient_visits') }} as pv on pv.patient_visit_id = pp.patient_visit_id
    where pv.patient_visit_id is null
      and pp.paid_date is not null
      and not {{ is_void('pp.status') }}
    group by pp.study_id
),

instances_with_payments as (
    -- Where no payment was ever landed nobody knows what was paid, and nothing is owed for that.
    select source_instance_id from {{ ref('patient_payments') }}
    union
    select source_instance_id from {{ ref('visit_stipends') }} where paid_date is not null
),

currencies as (
    select
        study_id,
        string_agg(distinct coalesce(currency, 'unknown'), ', ' order by coalesce(currency, 'unknown')) as currencies,
        -- An amount without a currency is in one that is not known.
        count(distinct coalesce(currency, '')) > 1 as is_mixed
    from {{ ref('patient_payments') }}
    where not {{ is_void('status') }}
    group by study_id
)

select
    st.study_id,
    st.source_instance_id,
    ins.name as instance_name,
    st.name as study_name,
    st.status as study_status,
    c.currencies,
    coalesce(v.visits_with_stipend, 0) as visits_with_stipend,
    i.source_instance_id is not null as payments_are_known,
    case when i.source_instance_id is not null then coalesce(v.visits_waiting, 0) end as visits_waiting,
    case when i.source_instance_id is not null then coalesce(v.visits_overpaid, 0) end as visits_overpaid,
    coalesce(v.visits_in_several_currencies, 0) as visits_in_several_currencies,
    -- Euros and dollars have no sum.
    case when c.is_mixed is not true then coalesce(v.entitled, 0) end as entitled,
    case when {{ has_sums }} then coalesce(v.paid_for_visits, 0) end as paid_for_visits,
    case when {{ has_sums }} then coalesce(o.paid, 0) end as paid_otherwise,
    case when {{ has_sums }} then coalesce(v.owed, 0) end as owed,
    case when i.source_instance_id is not null then v.waiting_since end as waiting_since,
    case when i.source_instance_id is not null then {{ as_of() }} - v.waiting_since end as days_waiting,
    v.median_days_to_payment,
    case when {{ has_sums }} then {{ percent('v.paid_for_visits', 'v.entitled') }} end as paid_percent,
    {{ as_of() }} as as_of
from {{ ref('studies') }} as st
left join visit_amounts as v using (study_id)
left join other_payments as o using (study_id)
left join currencies as c using (study_id)
left join instances_with_payments as i on i.source_instance_id = st.source_instance_id
left join {{ ref('instances') }} as ins on ins.source_instance_id = st.source_instance_id
where v.study_id is not null or o.study_id is not null
