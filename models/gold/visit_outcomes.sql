{{ config(
    materialized='incremental',
    unique_key='patient_visit_id',
    indexes=[{'columns': ['study_id', 'visit_id']}, {'columns': ['subject_id']}]
) }}

-- What the day decides (overdue or not) is left to the models that read this one: a row changes here only when a record does.
with touched as (
    {{ changed_keys(ref('patient_visits'), 'patient_visit_id') }}
    union
    select pv.patient_visit_id
    from {{ ref('patient_visits') }} as pv
    where pv.subject_id in ({{ changed_keys(ref('subjects'), 'subject_id') }})
    union
    select pv.patient_visit_id
    from {{ ref('patient_visits') }} as pv
    where pv.visit_id in ({{ changed_keys(ref('visits'), 'visit_id') }})
),

with_windows as (
    select
        pv.patient_visit_id,
        pv.source_instance_id,
        pv.patient_id,
        pv.subject_id,
        pv.study_id,
        pv.visit_id,
        pv.site_id,
        pv.visit_name,
        pv.status,
        pv.target_date,
        coalesce(pv.window_start, pv.target_date - v.window_before) as window_start,
        coalesce(pv.window_end, pv.target_date + v.window_after) as window_end,
        pv.scheduled_date,
        pv.completed_date,
        {{ subject_standing('s') }} as standing,
        s.subject_id is not null as has_subject
    from {{ ref('patient_visits') }} as pv
    left join {{ ref('visits') }} as v on v.visit_id = pv.visit_id
    left join {{ ref('subjects') }} as s on s.subject_id = pv.subject_id
    where pv.patient_visit_id in (select t.patient_visit_id from touched as t)
)

select
    patient_visit_id,
    source_instance_id,
    patient_id,
    subject_id,
    study_id,
    visit_id,
    site_id,
    visit_name,
    target_date,
    window_start,
    window_end,
    scheduled_date,
    -- A visit that was opened again keeps the date of its first completion, which says nothing any more.
    case when {{ is_completed('status') }} then completed_date end as completed_date,
    case
        when {{ is_cancelled('status') }} then 'cancelled'
        when {{ is_missed('status') }} then 'missed'
        when not {{ is_completed('status') }} then 'open'
        when completed_date < window_start then 'early'
        when completed_date > window_end then 'late'
        when completed_date >= window_start and completed_date <= window_end then 'in_window'
        else 'undated'
    end as outcome,
    case when {{ is_completed('status') }} then completed_date - target_date end as days_from_target,
    coalesce(window_end, target_date, scheduled_date) as due_by,
    case when has_subject then standing end as subject_standing,
    not has_subject or standing in ('prescreened', 'in_screening', 'in_study') as is_expected
from with_windows
