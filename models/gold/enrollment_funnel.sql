with participations as (
    select
        s.subject_id,
        s.patient_id,
        s.study_id,
        {{ subject_standing('s') }} as standing
    from {{ ref('subjects') }} as s
),

steps as (
    select
        study_id,
        count(*) as subjects,
        count(*) filter (where standing in {{ standings_screened() }}) as screened,
        count(*) filter (where standing in {{ standings_enrolled() }}) as enrolled,
        count(*) filter (where standing = 'completed') as completed,
        count(*) filter (where standing = 'prescreened') as prescreened,
        count(*) filter (where standing = 'in_screening') as in_screening,
        count(*) filter (where standing = 'screen_failed') as screen_failed,
        count(*) filter (where standing = 'in_study') as in_study,
        count(*) filter (where standing = 'withdrawn') as withdrawn,
        count(*) filter (where standing in ('withdrawn_before_screening', 'withdrawn_in_screening')) as withdrawn_early,
        -- A patient who comes back gets another subject number: two participations of one person.
        count(distinct patient_id) filter (where standing in {{ standings_enrolled() }}) as patients_enrolled
    from participations
    group by study_id
)

select
    st.study_id,
    st.source_instance_id,
    ins.name as instance_name,
    st.name as study_name,
    st.status as study_status,
    st.sponsor_name,
    st.target_enrollment,
    coalesce(f.subjects, 0) as subjects,
    coalesce(f.screened, 0) as screened,
    coalesce(f.enrolled, 0) as enrolled,
    coalesce(f.completed, 0) as completed,
    coalesce(f.prescreened, 0) as prescreened,
    coalesce(f.in_screening, 0) as in_screening,
    coalesce(f.screen_failed, 0) as screen_failed,
    coalesce(f.in_study, 0) as in_study,
    coalesce(f.withdrawn, 0) as withdrawn,
    coalesce(f.withdrawn_early, 0) as withdrawn_early,
    coalesce(f.patients_enrolled, 0) as patients_enrolled,
    {{ percent('f.screen_failed', 'f.screened') }} as screen_failure_percent,
    {{ percent('f.withdrawn', 'f.enrolled') }} as withdrawal_percent,
    {{ percent('coalesce(f.patients_enrolled, 0)', 'st.target_enrollment') }} as target_reached_percent
from {{ ref('studies') }} as st
left join steps as f using (study_id)
left join {{ ref('instances') }} as ins on ins.source_instance_id = st.source_instance_id
