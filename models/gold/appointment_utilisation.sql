with appointments as (
    select
        source_instance_id,
        site_id,
        patient_visit_id,
        appointment_type,
        status,
        start_date,
        (start_date at time zone 'UTC')::date as day,
        -- An end before the beginning, or a day later, is a slip of the pen and no time of work.
        case
            when end_date > start_date and end_date <= start_date + interval '12 hours'
            then extract(epoch from end_date - start_date) / 3600
        end as hours
    from {{ ref('appointments') }}
),

with_outcomes as (
    select
        source_instance_id,
        site_id,
        appointment_type,
        date_trunc('month', day)::date as month,
        hours,
        case
            when {{ is_completed('status') }} then 'completed'
            when {{ is_missed('status') }} then 'no_show'
            when {{ is_cancelled('status') }} then 'cancelled'
            when day >= {{ as_of() }} then 'upcoming'
            else 'unresolved'
        end as outcome,
        start_date < max(start_date) filter (where {{ is_completed('status') }} and patient_visit_id is not null) over (
            partition by patient_visit_id
        ) as was_made_up_for
    from appointments
),

by_month as (
    select
        source_instance_id,
        site_id,
        month,
        appointment_type,
        count(*) as appointments,
        count(*) filter (where outcome = 'completed') as completed,
        count(*) filter (where outcome = 'no_show') as no_shows,
        count(*) filter (where outcome = 'no_show' and was_made_up_for) as no_shows_made_up_for,
        count(*) filter (where outcome = 'cancelled') as cancelled,
        count(*) filter (where outcome = 'unresolved') as unresolved,
        count(*) filter (where outcome = 'upcoming') as upcoming,
        count(*) filter (where hours is null) as without_duration,
        coalesce(sum(hours) filter (where outcome = 'completed'), 0) as hours_used,
        coalesce(sum(hours) filter (where outcome = 'no_show'), 0) as hours_lost
    from with_outcomes
    group by source_instance_id, site_id, month, appointment_type
)

select
    b.source_instance_id,
    ins.name as instance_name,
    b.site_id,
    si.name as site_name,
    b.month,
    b.appointment_type,
    b.appointments,
    b.completed,
    b.no_shows,
    b.no_shows_made_up_for,
    b.cancelled,
    b.unresolved,
    b.upcoming,
    b.without_duration,
    round(b.hours_used, 2) as hours_used,
    round(b.hours_lost, 2) as hours_lost,
    {{ percent('b.no_shows', 'b.completed + b.no_shows') }} as no_show_percent,
    {{ percent('b.cancelled', 'b.appointments') }} as cancelled_percent,
    {{ percent('b.hours_used', 'b.hours_used + b.hours_lost') }} as utilisation_percent,
    {{ as_of() }} as as_of
from by_month as b
left join {{ ref('sites') }} as si on si.site_id = b.site_id
left join {{ ref('instances') }} as ins on ins.source_instance_id = b.source_instance_id
