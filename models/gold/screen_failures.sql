with participations as (
    select
        s.subject_id,
        s.patient_id,
        s.study_id,
        s.screening_date,
        s.enrollment_date,
        {{ subject_standing('s') }} as standing
    from {{ ref('subjects') }} as s
),

screenings as (
    select
        subject_id,
        study_id,
        standing,
        screening_date,
        enrollment_date,
        -- The same person, not eligible in this study before: by an earlier screening, of two on one day by the smaller identity.
        bool_or(standing = 'screen_failed') over (
            partition by study_id, patient_id order by screening_date nulls last, subject_id
            rows between unbounded preceding and 1 preceding
        ) as failed_before
    from participations
    where standing in {{ standings_screened() }}
),

failures as (
    -- A failure that was taken back stands in the history as well: only that of a subject who is failed now counts, and of several the last.
    select
        ss.subject_id,
        max(ss.status_date) as failed_on
    from {{ ref('subject_statuses') }} as ss
    where {{ is_screen_failed('ss.status') }}
    group by ss.subject_id
),

by_month as (
    select
        sc.study_id,
        date_trunc('month', sc.screening_date)::date as screening_month,
        count(*) as screened,
        count(*) filter (where sc.standing = 'screen_failed') as failed,
        count(*) filter (where sc.standing in {{ standings_enrolled() }}) as enrolled,
        count(*) filter (where sc.standing = 'in_screening') as undecided,
        count(*) filter (where sc.standing = 'withdrawn_in_screening') as withdrawn,
        count(*) filter (where sc.failed_before) as rescreened,
        count(*) filter (where sc.failed_before and sc.standing in {{ standings_enrolled() }}) as rescreened_enrolled,
        percentile_disc(0.5) within group (order by f.failed_on - sc.screening_date)
            filter (where sc.standing = 'screen_failed' and f.failed_on >= sc.screening_date) as median_days_to_failure,
        percentile_disc(0.5) within group (order by sc.enrollment_date - sc.screening_date)
            filter (where sc.standing in {{ standings_enrolled() }} and sc.enrollment_date >= sc.screening_date) as median_days_to_enrollment
    from screenings as sc
    left join failures as f using (subject_id)
    group by sc.study_id, date_trunc('month', sc.screening_date)
)

select
    b.study_id,
    st.source_instance_id,
    ins.name as instance_name,
    st.name as study_name,
    b.screening_month,
    b.screened,
    b.failed,
    b.enrolled,
    b.undecided,
    b.withdrawn,
    b.rescreened,
    b.rescreened_enrolled,
    b.median_days_to_failure,
    b.median_days_to_enrollment,
    {{ percent('b.failed', 'b.screened') }} as failed_percent,
    {{ percent('b.failed', 'b.failed + b.enrolled') }} as failed_percent_of_decided
from by_month as b
left join {{ ref('studies') }} as st using (study_id)
left join {{ ref('instances') }} as ins on ins.source_instance_id = st.source_instance_id
