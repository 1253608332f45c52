{{ config(
    materialized='incremental',
    unique_key='record_id',
    policies=patient_policies(),
    indexes=[
        {'columns': ['event_id']},
        {'columns': ['encounter_id'], 'where': 'encounter_id is not null'},
        {'columns': ['site_id'], 'where': 'took_place'},
        {'columns': ['performed_by_id'], 'where': 'took_place'},
    ],
) }}

{{ clinical_record('patient_visit', increment(ref('patient_visits')), {
    'took_place': took_place('r.status'),
    'event_name': "coalesce(r.visit_name, 'Visit')",
    'name': 'r.visit_name',
    'status': 'r.status',
    'occurred_at': start_of_day('coalesce(r.completed_date, r.scheduled_date, r.target_date)'),
    'site_id': 'r.site_id',
    'study_id': 'r.study_id',
    'subject_id': 'r.subject_id',
}) }}

union all
-- The appointment for a visit is the same event and encounter as the visit.
{{ clinical_record('appointment', increment(ref('appointments')), {
    'took_place': took_place('r.status'),
    'anchor': 'coalesce(r.patient_visit_id, r.appointment_id)',
    'clinical_identity_key': "coalesce('patient_visit:' || r.patient_visit_id, 'appointment:' || r.appointment_id)",
    'event_name': "coalesce(r.appointment_type, 'Appointment')",
    'name': 'r.appointment_type',
    'status': 'r.status',
    'occurred_at': 'r.start_date',
    'ended_at': 'r.end_date',
    'performed_by_id': 'r.staff_id',
    'site_id': 'r.site_id',
    'study_id': 'r.study_id',
    'subject_id': 'r.subject_id',
}) }}

union all
{{ clinical_record('patient_visit_element', increment(ref('patient_visit_elements')), {
    'spoke': 'case when ' ~ vital_sign_of('r.element_name') ~ " is null then 'patient_observations' else 'patient_vitals' end",
    'anchor': 'coalesce(r.patient_visit_id, r.patient_visit_element_id)',
    'clinical_identity_key': "coalesce('patient_visit:' || r.patient_visit_id, 'patient_visit_element:' || r.patient_visit_element_id)",
    'event_name': "case when r.patient_visit_id is null then r.element_name else 'Visit' end",
    'name': 'r.element_name',
    'vital_sign': vital_sign_of('r.element_name'),
    'value_text': 'r.result',
    'unit': 'r.unit',
    'occurred_at': 'r.performed_date',
    'performed_by_id': 'r.performed_by_id',
}, 'coalesce(r.performed_date::text, r.result) is not null') }}

union all
{{ clinical_record('patient_condition', increment(ref('recorded_conditions')), {
    'spoke': "'patient_conditions'",
    'name': 'r.name',
    'code': 'r.code',
    'status': 'r.status',
    'start_date': 'r.onset_date',
    'end_date': 'r.end_date',
    'occurred_at': start_of_day('r.onset_date'),
    'source': 'r.source',
}) }}

union all
{{ clinical_record('patient_allergy', increment(ref('recorded_allergies')), {
    'spoke': "'patient_allergies'",
    'name': 'r.name',
    'reaction': 'r.reaction',
    'severity': 'r.severity',
    'status': 'r.status',
    'start_date': 'r.onset_date',
    'end_date': 'r.end_date',
    'occurred_at': start_of_day('r.onset_date'),
    'performed_by': 'r.recorded_by_name',
    'performed_by_id': 'r.recorded_by_id',
    'source': 'r.source',
}) }}

union all
{{ clinical_record('patient_medication', increment(ref('recorded_medications')), {
    'spoke': "'patient_medications'",
    'name': 'r.name',
    'dose': 'r.dose',
    'unit': 'r.unit',
    'frequency': 'r.frequency',
    'route': 'r.route',
    'start_date': 'r.start_date',
    'end_date': 'r.end_date',
    'occurred_at': start_of_day('r.start_date'),
    'source': 'r.source',
}) }}

union all
{{ clinical_record('concomitant_medication', increment(ref('concomitant_medications')), {
    'spoke': "'patient_medications'",
    'name': 'r.name',
    'dose': 'r.dose',
    'unit': 'r.unit',
    'frequency': 'r.frequency',
    'route': 'r.route',
    'indication': 'r.indication',
    'start_date': 'r.start_date',
    'end_date': 'r.end_date',
    'occurred_at': start_of_day('r.start_date'),
    'study_id': 'r.study_id',
    'subject_id': 'r.subject_id',
    'source': 'r.source',
}) }}

union all
{{ clinical_record('patient_immunization', increment(ref('recorded_immunizations')), {
    'spoke': "'patient_immunizations'",
    'name': 'r.name',
    'code': 'r.code',
    'status': 'r.status',
    'start_date': 'r.administered_date',
    'occurred_at': start_of_day('r.administered_date'),
    'lot_number': 'r.lot_number',
    'body_site': 'r.site',
    'source': 'r.source',
}) }}

union all
{{ clinical_record('patient_procedure', increment(ref('patient_procedures')), {
    'spoke': "'patient_interventions'",
    'name': 'r.name',
    'code': 'r.code',
    'start_date': 'r.procedure_date',
    'occurred_at': start_of_day('r.procedure_date'),
    'body_site': 'r.body_site',
    'performed_by': 'r.performed_by_name',
    'source': 'r.source',
}) }}

union all
{{ clinical_record('patient_device', increment(ref('patient_devices')), {
    'spoke': "'patient_interventions'",
    'name': 'r.name',
    'manufacturer': 'r.manufacturer',
    'start_date': 'r.implant_date',
    'end_date': 'r.removal_date',
    'occurred_at': start_of_day('r.implant_date'),
    'body_site': 'r.body_site',
    'source': 'r.source',
}) }}
