with touches as (
    select
        source_instance_id,
        'campaign' as kind,
        coalesce(campaign_name, 'unnamed') as source_name,
        patient_id,
        touch_date,
        campaign_touch_id as touch_id
    from {{ ref('patient_campaign_touches') }}
    where patient_id is not null
    union all
    select
        source_instance_id,
        'referral',
        coalesce(referral_source_name, 'unnamed'),
        patient_id,
        touch_date,
        referral_touch_id
    from {{ ref('patient_referral_touches') }}
    where patient_id is not null
),

first_touches as (
    -- Of several on one day the referral counts, for a person sent the patient. A touch without a day comes last.
    select distinct on (patient_id)
        patient_id,
        kind,
        source_name
    from touches
    order by patient_id, touch_date nulls last, kind desc, source_name, touch_id
),

patients_by_email as (
    select
        email,
        min(patient_id::text)::uuid as patient_id
    from {{ ref('patients') }}
    where email is not null
    group by email
    -- An address that a family shares says nothing about which of them came.
    having count(*) = 1
),

people as (
    select
        t.source_instance_id,
        t.kind,
        t.source_name,
        t.patient_id as person_id,
        t.patient_id,
        min(t.touch_date) as came_on,
        count(*) as touches,
        bool_or(f.patient_id is not null) as came_by_it_first
    from touches as t
    left join first_touches as f using (patient_id, kind, source_name)
    group by t.source_instance_id, t.kind, t.source_name, t.patient_id
    union all
    select
        p.source_instance_id,
        'prospect',
        coalesce(p.source, 'unnamed'),
        p.prospect_id,
        p.converted_patient_id,
        (p.created_at at time zone 'UTC')::date,
        1,
        null
    from {{ ref('prospects') }} as p
    union all
    select
        c.source_instance_id,
        'crm contact',
        coalesce(c.source, 'unnamed'),
        c.crm_contact_id,
        e.patient_id,
        (c.created_at at time zone 'UTC')::date,
        1,
        null
    from {{ ref('crm_contacts') }} as c
    left join patients_by_email as e on e.email = c.email
),

participations as (
    select
        s.patient_id,
        s.screening_date,
        coalesce(s.enrollment_date, s.screening_date) as enrollment_date,
        {{ subject_standing('s') }} as standing
    from {{ ref('subjects') }} as s
),

last_steps as (
    -- The last ones: who took part years ago was not won for that by what touched him since, but may come back because of it.
    select
        patient_id,
        max(screening_date) filter (where standing in {{ standings_screened() }}) as last_screened_on,
        max(enrollment_date) filter (where standing in {{ standings_enrolled() }}) as last_enrolled_on
    from participations
    group by patient_id
),

by_source as (
    select
        p.source_instance_id,
        p.kind,
        p.source_name,
        sum(p.touches)::bigint as touches,
        count(*) as people,
        count(p.patient_id) as patients,
        count(*) filter (where l.last_screened_on >= p.came_on) as screened,
        count(*) filter (where l.last_enrolled_on >= p.came_on) as enrolled,
        count(*) filter (where p.came_by_it_first) as patients_by_first_touch,
        count(*) filter (where p.came_by_it_first and l.last_enrolled_on >= p.came_on) as enrolled_by_first_touch,
        min(p.came_on) as first_on,
        max(p.came_on) as last_on
    from people as p
    left join last_steps as l using (patient_id)
    group by p.source_instance_id, p.kind, p.source_name
),

-- Where no contact at all has the address of a patient, CRM and patients know different ones: nobody knows who of them came.
of_known as (
    select
        *,
        kind <> 'crm contact' or sum(patients) over (partition by source_instance_id, kind) > 0 as is_known
    from by_source
)

select
    k.source_instance_id,
    ins.name as instance_name,
    k.kind,
    k.source_name,
    k.touches,
    k.people,
    case when k.is_known then k.patients end as patients,
    case when k.is_known then k.screened end as screened,
    case when k.is_known then k.enrolled end as enrolled,
    case when k.kind in ('campaign', 'referral') then k.patients_by_first_touch end as patients_by_first_touch,
    case when k.kind in ('campaign', 'referral') then k.enrolled_by_first_touch end as enrolled_by_first_touch,
    k.first_on,
    k.last_on,
    case when k.is_known then {{ percent('k.patients', 'k.people') }} end as patients_percent,
    case when k.is_known then {{ percent('k.screened', 'k.people') }} end as screened_percent,
    case when k.is_known then {{ percent('k.enrolled', 'k.people') }} end as enrolled_percent
from of_known as k
left join {{ ref('instances') }} as ins using (source_instance_id)
