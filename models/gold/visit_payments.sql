{{ config(
    materialized='incremental',
    unique_key='patient_visit_id',
    indexes=[{'columns': ['study_id']}]
) }}

with touched as (
    {{ changed_keys(ref('patient_visits'), 'patient_visit_id') }}
    union
    {{ changed_keys(ref('visit_stipends'), 'patient_visit_id') }}
    union
    {{ changed_keys(ref('patient_payments'), 'patient_visit_id') }}
    union
    select pv.patient_visit_id
    from {{ ref('patient_visits') }} as pv
    where pv.visit_id in ({{ changed_keys(ref('visits'), 'visit_id') }})
),

stipends as (
    select
        vs.patient_visit_id,
        sum(vs.amount) as recorded,
        sum(vs.amount) filter (where vs.paid_date is not null) as paid,
        max(vs.paid_date) as paid_on
    from {{ ref('visit_stipends') }} as vs
    where not {{ is_void('vs.status') }}
      and vs.patient_visit_id in (select t.patient_visit_id from touched as t)
    group by vs.patient_visit_id
),

payments as (
    select
        pp.patient_visit_id,
        sum(pp.amount) filter (where pp.paid_date is not null) as paid,
        sum(pp.amount) filter (where pp.paid_date is null) as pending,
        max(pp.paid_date) as paid_on,
        case when count(distinct coalesce(pp.currency, '')) = 1 then min(pp.currency) end as currency,
        -- An amount without a currency is in one that is not known.
        count(distinct coalesce(pp.currency, '')) > 1 as is_mixed
    from {{ ref('patient_payments') }} as pp
    where not {{ is_void('pp.status') }}
      and pp.patient_visit_id in (select t.patient_visit_id from touched as t)
    group by pp.patient_visit_id
),

amounts as (
    select
        pv.patient_visit_id,
        pv.source_instance_id,
        pv.patient_id,
        pv.subject_id,
        pv.study_id,
        pv.site_id,
        pv.visit_id,
        pv.visit_name,
        case when {{ is_completed('pv.status') }} then pv.completed_date end as completed_date,
        p.currency,
        coalesce(p.is_mixed, false) as is_mixed,
        -- What was recorded for this visit comes before what the schedule promises for any.
        coalesce(s.recorded, case when {{ is_completed('pv.status') }} then v.stipend end, 0) as entitled,
        -- A stipend that is marked as paid and the payment of it are one: the payments count where there are any.
        coalesce(p.paid, s.paid, 0) as paid,
        coalesce(p.pending, 0) as pending,
        coalesce(p.paid_on, s.paid_on) as paid_on
    from {{ ref('patient_visits') }} as pv
    left join {{ ref('visits') }} as v on v.visit_id = pv.visit_id
    left join stipends as s on s.patient_visit_id = pv.patient_visit_id
    left join payments as p on p.patient_visit_id = pv.patient_visit_id
    where pv.patient_visit_id in (select t.patient_visit_id from touched as t)
)

select
    patient_visit_id,
    source_instance_id,
    patient_id,
    subject_id,
    study_id,
    site_id,
    visit_id,
    visit_name,
    completed_date,
    currency,
    entitled,
    case when not is_mixed then paid end as paid,
    case when not is_mixed then pending end as pending,
    case when not is_mixed then entitled - paid end as balance,
    paid_on,
    case
        when is_mixed then 'several currencies'
        when paid = 0 and entitled > 0 then 'no payment'
        when paid < entitled then 'partly paid'
        when paid > entitled then 'overpaid'
        else 'settled'
    end as state
from amounts
where entitled <> 0 or paid <> 0 or pending <> 0
