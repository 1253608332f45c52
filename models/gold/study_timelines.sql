with milestone_order (milestone, place) as (
    values
        ('Site Selected', 1),
        ('Contract Executed', 2),
        ('IRB Approval', 3),
        ('Site Initiation', 4),
        ('First Subject In', 5),
        ('Last Subject In', 6),
        ('Last Subject Out', 7),
        ('Database Lock', 8),
        ('Close-out', 9)
),

milestones as (
    -- A milestone that was recorded twice (an approval that was renewed) was reached when it was reached first;
    -- where it was not, the plan that was written last counts.
    select distinct on (m.study_id, coalesce(o.milestone, m.name))
        m.study_milestone_id,
        m.source_instance_id,
        m.study_id,
        coalesce(o.milestone, m.name) as milestone,
        o.place,
        m.planned_date,
        case when m.actual_date <= {{ as_of() }} then m.actual_date end as reached_on
    from {{ ref('study_milestones') }} as m
    left join milestone_order as o on lower(o.milestone) = lower(m.name)
    order by
        m.study_id,
        coalesce(o.milestone, m.name),
        case when m.actual_date <= {{ as_of() }} then m.actual_date end nulls last,
        m.modified_at desc nulls last,
        m.study_milestone_id
),

in_sequence as (
    select
        study_milestone_id,
        source_instance_id,
        study_id,
        milestone,
        place,
        planned_date,
        reached_on,
        -- The latest of all before it: a step that was taken early must not hide one that was taken late.
        max(reached_on) over (
            partition by study_id order by place rows between unbounded preceding and 1 preceding
        ) as previous_reached_on
    from milestones
    where place is not null
    union all
    select study_milestone_id, source_instance_id, study_id, milestone, place, planned_date, reached_on, null
    from milestones
    where place is null
)

select
    m.study_milestone_id,
    m.source_instance_id,
    ins.name as instance_name,
    m.study_id,
    st.name as study_name,
    st.status as study_status,
    m.milestone,
    m.place,
    m.planned_date,
    m.reached_on,
    case
        when m.reached_on > m.planned_date then 'reached_late'
        when m.reached_on is not null then 'reached'
        when m.planned_date < {{ as_of() }} then 'overdue'
        when m.planned_date is not null then 'upcoming'
        else 'unplanned'
    end as state,
    case
        when m.reached_on is not null then m.reached_on - m.planned_date
        when m.planned_date < {{ as_of() }} then {{ as_of() }} - m.planned_date
    end as days_late,
    m.reached_on - m.previous_reached_on as days_since_previous,
    coalesce(m.reached_on < m.previous_reached_on, false) as is_out_of_order,
    {{ as_of() }} as as_of
from in_sequence as m
left join {{ ref('studies') }} as st using (study_id)
left join {{ ref('instances') }} as ins on ins.source_instance_id = m.source_instance_id
