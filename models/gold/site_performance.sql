-- A quarter: the 90 days that end with the day of the question.
{% set first_day = '(' ~ as_of() ~ ' - 89)' %}

with subject_sites as (
    -- Where the subject came first; before the first visit, the site of the patient.
    select distinct on (s.subject_id)
        s.subject_id,
        s.study_id,
        s.screening_date,
        s.enrollment_date,
        {{ subject_standing('s') }} as standing,
        coalesce(o.site_id, p.primary_site_id) as site_id
    from {{ ref('subjects') }} as s
    left join {{ ref('patients') }} as p using (patient_id)
    left join {{ ref('visit_outcomes') }} as o on o.subject_id = s.subject_id and o.site_id is not null
    order by s.subject_id, o.target_date nulls last, o.patient_visit_id
),

patients_of_sites as (
    select primary_site_id as site_id, count(*) as patients
    from {{ ref('patients') }}
    group by primary_site_id
),

staff_of_sites as (
    select primary_site_id as site_id, count(*) as staff
    from {{ ref('staff') }}
    where {{ status_is('status', ['active']) }}
    group by primary_site_id
),

subjects_of_sites as (
    select
        site_id,
        count(distinct study_id) filter (where standing in ('prescreened', 'in_screening', 'in_study')) as studies,
        count(*) filter (where standing = 'in_screening') as in_screening,
        count(*) filter (where standing = 'in_study') as in_study,
        count(*) filter (where standing in {{ standings_screened() }}) as screened,
        count(*) filter (where standing = 'screen_failed') as screen_failed,
        count(*) filter (
            where standing in {{ standings_screened() }} and screening_date between {{ first_day }} and {{ as_of() }}
        ) as screened_in_quarter,
        count(*) filter (
            where standing in {{ standings_enrolled() }} and enrollment_date between {{ first_day }} and {{ as_of() }}
        ) as enrolled_in_quarter
    from subject_sites
    group by site_id
),

visits_judged as (
    select
        o.site_id,
        {{ visit_state('o') }} as state,
        o.due_by between {{ first_day }} and {{ as_of() }} as is_of_quarter
    from {{ ref('visit_outcomes') }} as o
),

visits_of_sites as (
    select
        site_id,
        count(*) filter (where state = 'overdue') as overdue_visits,
        count(*) filter (
            where is_of_quarter and state in ('in_window', 'early', 'late', 'undated', 'missed', 'overdue')
        ) as visits_due_in_quarter,
        count(*) filter (where is_of_quarter and state = 'in_window') as visits_in_window_in_quarter,
        count(*) filter (where is_of_quarter and state = 'undated') as visits_undated_in_quarter,
        count(*) filter (where is_of_quarter and state = 'missed') as visits_missed_in_quarter
    from visits_judged
    group by site_id
),

appointments_of_sites as (
    select
        site_id,
        count(*) filter (where {{ is_completed('status') }}) as kept_in_quarter,
        count(*) filter (where {{ is_missed('status') }}) as no_shows_in_quarter
    from {{ ref('appointments') }}
    where (start_date at time zone 'UTC')::date between {{ first_day }} and {{ as_of() }}
    group by site_id
),

queries_of_sites as (
    select
        s.site_id,
        count(*) filter (where {{ status_is('q.status', ['open']) }}) as open_queries,
        percentile_disc(0.5) within group (order by q.answered_date - q.opened_date)
            filter (where q.answered_date >= q.opened_date) as median_days_to_answer
    from {{ ref('study_queries') }} as q
    join subject_sites as s using (subject_id)
    group by s.site_id
)

select
    si.site_id,
    si.source_instance_id,
    ins.name as instance_name,
    si.name as site_name,
    si.city,
    si.state,
    coalesce(p.patients, 0) as patients,
    coalesce(st.staff, 0) as staff,
    coalesce(su.studies, 0) as studies,
    coalesce(su.in_screening, 0) as in_screening,
    coalesce(su.in_study, 0) as in_study,
    coalesce(su.screened_in_quarter, 0) as screened_in_quarter,
    coalesce(su.enrolled_in_quarter, 0) as enrolled_in_quarter,
    {{ percent('su.screen_failed', 'su.screened') }} as screen_failure_percent,
    coalesce(v.overdue_visits, 0) as overdue_visits,
    coalesce(v.visits_due_in_quarter, 0) as visits_due_in_quarter,
    coalesce(v.visits_missed_in_quarter, 0) as visits_missed_in_quarter,
    {{ percent('v.visits_in_window_in_quarter', 'v.visits_due_in_quarter - v.visits_undated_in_quarter') }} as in_window_percent,
    coalesce(a.kept_in_quarter + a.no_shows_in_quarter, 0) as appointments_in_quarter,
    {{ percent('a.no_shows_in_quarter', 'a.kept_in_quarter + a.no_shows_in_quarter') }} as no_show_percent,
    coalesce(q.open_queries, 0) as open_queries,
    q.median_days_to_answer,
    {{ as_of() }} as as_of
from {{ ref('sites') }} as si
left join patients_of_sites as p using (site_id)
left join staff_of_sites as st using (site_id)
left join subjects_of_sites as su using (site_id)
left join visits_of_sites as v using (site_id)
left join appointments_of_sites as a using (site_id)
left join queries_of_sites as q using (site_id)
left join {{ ref('instances') }} as ins on ins.source_instance_id = si.source_instance_id
