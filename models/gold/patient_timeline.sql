{{ config(materialized='view') }}

{#- What begins and may end: spoke, what it is called, day of the beginning, what is told beside the name. -#}
{% set spans = [
    ('patient_conditions', 'condition', 'onset_date', "concat_ws(', ', r.code, r.status)"),
    ('patient_allergies', 'allergy', 'onset_date', "concat_ws(', ', r.reaction, r.severity, r.status)"),
    ('patient_medications', 'medication', 'start_date', "concat_ws(', ', concat_ws(' ', r.dose, r.unit), r.route, r.frequency)"),
    ('patient_interventions', 'intervention', 'start_date', "concat_ws(', ', r.code, r.manufacturer, r.body_site)"),
] %}
{% set results = [('patient_vitals', 'vital sign', 'measured_at'), ('patient_observations', 'observation', 'observed_at')] %}

-- It reads the hub and its spokes and nothing else: their policies let a session see the patient that it names, and a view over them has them too.
with visits_and_appointments as (
    -- A synthetic event is there for the sake of its record, which is told below.
    select
        e.patient_id,
        e.source_instance_id,
        (e.event_date at time zone 'UTC')::date as happened_on,
        e.event_date as happened_at,
        case when e.record_kind = 'patient_visit' then 'visit' else 'appointment' end as kind,
        'took place' as change,
        e.event_name as title,
        concat_ws(', ', e.facility_name, e.performed_by) as detail,
        e.id as event_id,
        e.id as record_id
    from {{ ref('patient_clinical_events') }} as e
    where not e.is_synthetic
),

{% for spoke, kind, moment in results %}
{{ spoke }} as (
    select
        r.patient_id,
        r.source_instance_id,
        (r.{{ moment }} at time zone 'UTC')::date as happened_on,
        r.{{ moment }} as happened_at,
        '{{ kind }}' as kind,
        'took place' as change,
        r.name as title,
        concat_ws(' ', r.value_text, r.unit) as detail,
        r.event_id,
        r.id as record_id
    from {{ ref(spoke) }} as r
),

{% endfor %}
{% for spoke, kind, begun_on, detail in spans %}
{{ spoke }} as (
    select
        r.patient_id,
        r.source_instance_id,
        c.happened_on,
        null::timestamptz as happened_at,
        '{{ kind }}' as kind,
        c.change,
        r.name as title,
        {{ detail }} as detail,
        r.event_id,
        r.id as record_id
    from {{ ref(spoke) }} as r
    cross join lateral (values ('began', r.{{ begun_on }}), ('ended', r.end_date)) as c (change, happened_on)
    where c.change = 'began' or c.happened_on is not null
),

{% endfor %}
immunizations as (
    select
        r.patient_id,
        r.source_instance_id,
        r.administered_date as happened_on,
        null::timestamptz as happened_at,
        'immunization' as kind,
        'took place' as change,
        r.name as title,
        concat_ws(', ', r.code, r.body_site, r.lot_number) as detail,
        r.event_id,
        r.id as record_id
    from {{ ref('patient_immunizations') }} as r
),

timeline as (
    {% for told in ['visits_and_appointments', 'immunizations'] + (results | map('first') | list) + (spans | map('first') | list) %}
    select patient_id, source_instance_id, happened_on, happened_at, kind, change, title, detail, event_id, record_id
    from {{ told }}
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}
)

select
    patient_id,
    source_instance_id,
    happened_on,
    happened_at,
    kind,
    change,
    title,
    nullif(detail, '') as detail,
    event_id,
    record_id
from timeline
