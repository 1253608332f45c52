-- What was paid in a study is what was paid for its visits and what was paid otherwise. Stipends that are marked as paid without a payment
-- come on top, so only studies in which all that was paid stands among the payments are compared.
with payments as (
    select study_id, sum(amount) as paid
    from {{ ref('patient_payments') }}
    where paid_date is not null and not {{ is_void('status') }}
    group by study_id
),

paid_by_stipend as (
    select distinct study_id
    from {{ ref('visit_stipends') }}
    where paid_date is not null
)

select s.study_id, s.paid_for_visits, s.paid_otherwise, p.paid
from {{ ref('stipends_and_payments') }} as s
left join payments as p using (study_id)
where s.study_id not in (select b.study_id from paid_by_stipend as b where b.study_id is not null)
  and s.paid_for_visits + s.paid_otherwise <> coalesce(p.paid, 0)
