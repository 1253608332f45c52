{{ config(
    materialized='incremental',
    unique_key='id',
    policies=patient_policies(),
    indexes=[{'columns': ['patient_id']}, {'columns': ['encounter_id']}],
) }}

{% set candidates = ref('clinical_event_candidates') %}
with touched as (
    {{ changed_keys(candidates, 'event_id', into='id') }}
    union
    select c.event_id from {{ candidates }} as c
    where c.took_place and c.site_id in ({{ changed_keys(ref('sites'), 'site_id') }})
    union
    select c.event_id from {{ candidates }} as c
    where c.took_place and c.performed_by_id in ({{ changed_keys(ref('staff'), 'staff_member_id', into='performed_by_id') }})
),
records as (
    select
        c.*,
        row_number() over (partition by c.event_id order by {{ telling_first() }}) as place,
        -- Visits and appointments of one event are of one encounter; the records that hang on it name none.
        min(c.encounter_id::text) over of_event as event_encounter_id,
        -- A visit knows its day; its appointment the time of day, and who saw the patient.
        min(c.occurred_at) filter (where c.record_kind = 'appointment' and c.took_place) over of_event as booked_at,
        min(c.performed_by_id::text) filter (where c.took_place) over of_event as event_performed_by_id
    from {{ candidates }} as c
    where c.event_id in (select t.event_id from touched as t)
    window of_event as (partition by c.event_id)
),
events as (
    select
        r.*,
        case when r.took_place then r.event_performed_by_id::uuid end as staff_member_id,
        case when r.took_place then r.site_id end as facility_id
    from records as r
    where r.place = 1
      and (r.took_place or r.spoke is not null)
)
select
    e.event_id as id,
    e.patient_id,
    e.event_encounter_id::uuid as encounter_id,
    case when e.took_place then {{ activity_type_of('e.event_name') }} else 'observation' end as activity_type,
    case
        when e.took_place then {{ clinical_purposes_of('e.event_name') }}
        when e.is_manual_entry then array['self_monitoring']
        else array['monitoring']
    end as clinical_purposes,
    e.event_name,
    coalesce(e.booked_at, e.occurred_at) as event_date,
    null::text as method,
    e.body_site,
    coalesce(e.performed_by, nullif(concat_ws(' ', m.first_name, m.last_name), '')) as performed_by,
    f.name as facility_name,
    null::uuid as shell_file_id,
    null::uuid as narrative_id,
    e.clinical_identity_key,
    false as ai_extracted,
    null::numeric as ai_confidence,
    not e.took_place as is_synthetic,
    e.created_at,
    e.updated_at,
    e.source_instance_id,
    e.record_kind,
    e.source_record_id as source_event_id,
    e.facility_id as site_id,
    e.staff_member_id as performed_by_id
from events as e
left join {{ ref('sites') }} as f on f.site_id = e.facility_id
left join {{ ref('staff') }} as m on m.staff_member_id = e.staff_member_id
