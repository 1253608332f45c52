with judged as (
    select
        source_instance_id,
        study_id,
        visit_id,
        days_from_target,
        {{ visit_state('o') }} as state
    from {{ ref('visit_outcomes') }} as o
),

counted as (
    select
        source_instance_id,
        study_id,
        visit_id,
        count(*) as planned,
        count(*) filter (where state = 'in_window') as in_window,
        count(*) filter (where state = 'early') as early,
        count(*) filter (where state = 'late') as late,
        count(*) filter (where state = 'undated') as undated,
        count(*) filter (where state = 'missed') as missed,
        count(*) filter (where state = 'overdue') as overdue,
        count(*) filter (where state = 'upcoming') as upcoming,
        count(*) filter (where state = 'cancelled') as cancelled,
        count(*) filter (where state = 'abandoned') as abandoned,
        percentile_disc(0.5) within group (order by days_from_target) as median_days_from_target
    from judged
    group by source_instance_id, study_id, visit_id
),

with_sums as (
    select
        source_instance_id,
        study_id,
        visit_id,
        planned,
        in_window,
        early,
        late,
        undated,
        missed,
        overdue,
        upcoming,
        cancelled,
        abandoned,
        median_days_from_target,
        in_window + early + late + undated as completed,
        in_window + early + late + undated + missed + overdue as due
    from counted
)

select
    c.source_instance_id,
    ins.name as instance_name,
    c.study_id,
    st.name as study_name,
    c.visit_id,
    v.name as visit_name,
    v.visit_type,
    v.sequence as visit_sequence,
    c.planned,
    c.due,
    c.completed,
    c.in_window,
    c.early,
    c.late,
    c.undated,
    c.missed,
    c.overdue,
    c.upcoming,
    c.cancelled,
    c.abandoned,
    c.median_days_from_target,
    {{ percent('c.completed', 'c.due') }} as completed_percent,
    {{ percent('c.in_window', 'c.due - c.undated') }} as in_window_percent,
    {{ as_of() }} as as_of
from with_sums as c
left join {{ ref('studies') }} as st on st.study_id = c.study_id
left join {{ ref('visits') }} as v on v.visit_id = c.visit_id
left join {{ ref('instances') }} as ins on ins.source_instance_id = c.source_instance_id
