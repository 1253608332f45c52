with overdue as (
    select
        o.patient_visit_id,
        o.source_instance_id,
        o.patient_id,
        o.subject_id,
        o.study_id,
        o.site_id,
        o.visit_name,
        o.target_date,
        o.due_by,
        o.scheduled_date,
        o.subject_standing,
        {{ as_of() }} - o.due_by as days_overdue
    from {{ ref('visit_outcomes') }} as o
    where {{ visit_state('o') }} = 'overdue'
),

appointments_of_visits as (
    select
        patient_visit_id,
        count(*) filter (where {{ is_missed('status') }}) as no_shows,
        min(start_date) filter (
            where {{ is_planned('status') }} and (start_date at time zone 'UTC')::date >= {{ as_of() }}
        ) as next_appointment_at
    from {{ ref('appointments') }}
    where patient_visit_id is not null
    group by patient_visit_id
)

select
    o.patient_visit_id,
    o.source_instance_id,
    ins.name as instance_name,
    o.site_id,
    si.name as site_name,
    o.study_id,
    st.name as study_name,
    o.patient_id,
    o.subject_id,
    su.subject_number,
    o.subject_standing,
    o.visit_name,
    o.target_date,
    o.due_by,
    o.scheduled_date,
    o.days_overdue,
    case
        when o.days_overdue <= 7 then '1 to 7 days'
        when o.days_overdue <= 30 then '8 to 30 days'
        else 'more than 30 days'
    end as overdue_for,
    coalesce(a.no_shows, 0) as no_shows,
    a.next_appointment_at,
    a.next_appointment_at is null as needs_appointment,
    {{ as_of() }} as as_of
from overdue as o
left join appointments_of_visits as a using (patient_visit_id)
left join {{ ref('sites') }} as si on si.site_id = o.site_id
left join {{ ref('studies') }} as st on st.study_id = o.study_id
left join {{ ref('subjects') }} as su on su.subject_id = o.subject_id
left join {{ ref('instances') }} as ins on ins.source_instance_id = o.source_instance_id
