with funnel as (
    select
        study_id,
        count(*) as subjects,
        count(*) filter (where screening_date is not null) as screened,
        count(*) filter (where status = 'Screen Failed') as screen_failed,
        count(*) filter (where enrollment_date is not null) as enrolled,
        count(*) filter (where status = 'Completed') as completed,
        count(*) filter (where status = 'Withdrawn') as withdrawn
    from {{ ref('subjects') }}
    group by study_id
)

select
    st.study_id,
    st.source_instance_id,
    st.name as study_name,
    st.status as study_status,
    st.target_enrollment,
    coalesce(f.subjects, 0) as subjects,
    coalesce(f.screened, 0) as screened,
    coalesce(f.screen_failed, 0) as screen_failed,
    coalesce(f.enrolled, 0) as enrolled,
    coalesce(f.completed, 0) as completed,
    coalesce(f.withdrawn, 0) as withdrawn,
    round(100.0 * f.screen_failed / nullif(f.screened, 0), 1) as screen_failure_percent,
    round(100.0 * f.enrolled / nullif(st.target_enrollment, 0), 1) as target_reached_percent
from {{ ref('studies') }} as st
left join funnel as f using (study_id)
