{#- The uuid of a clinical event or encounter: of a patient, and of the visit, appointment or record that it is known by. It does not tell
    whether the event is synthetic, so that a real one takes the place of a synthetic one under the links that are there; and it
    holds the patient, so that a record never hangs on the event of another one. -#}
{% macro patient_key(entity, kept_by) -%}
  {{ identity(entity, 'r.source_instance_id', 'r.patient_id::text || ' ~ "':'" ~ ' || (' ~ kept_by ~ ')::text') }}
{%- endmacro %}

{#- One branch of clinical_event_candidates: the records of `kind` in `relation`, which is called r. `values` are SQL by column; a column
    that is not named is null. -#}
{% macro clinical_record(kind, relation, values, condition='true') %}
{%- set anchor = values.get('anchor', 'r.' ~ kind ~ '_id') %}
select
    r.{{ kind }}_id as record_id,
    '{{ kind }}'::text as record_kind,
    r.source_instance_id,
    r.source_{{ kind }}_id as source_record_id,
    r.patient_id,
    {{ patient_key('clinical_event', anchor) }} as event_id,
    {{ values.get('clinical_identity_key', "'" ~ kind ~ ":' || r." ~ kind ~ "_id") }} as clinical_identity_key,
    {{ patient_key('healthcare_encounter', anchor) if 'took_place' in values else 'null::uuid' }} as encounter_id,
    {{ values.get('took_place', 'false') }} as took_place,
    {{ values.get('spoke', 'null') }}::text as spoke,
    {{ is_manual_entry('r.source') if 'source' in values else 'false' }} as is_manual_entry,
    {{ values.get('event_name', 'r.name') }}::text as event_name,
    {{ values.get('occurred_at', 'null') }}::timestamptz as occurred_at,
    {%- for column, type in [
      ('ended_at', 'timestamptz'), ('name', 'text'), ('code', 'text'), ('status', 'text'), ('start_date', 'date'), ('end_date', 'date'),
      ('value_text', 'text'), ('unit', 'text'), ('vital_sign', 'text'), ('reaction', 'text'), ('severity', 'text'), ('dose', 'text'),
      ('frequency', 'text'), ('route', 'text'), ('indication', 'text'), ('lot_number', 'text'), ('manufacturer', 'text'),
      ('body_site', 'text'), ('performed_by', 'text'), ('performed_by_id', 'uuid'), ('site_id', 'uuid'), ('study_id', 'uuid'),
      ('subject_id', 'uuid'), ('source', 'text'),
    ] %}
    {{ values.get(column, 'null') }}::{{ type }} as {{ 'entered_by' if column == 'source' else column }},
    {%- endfor %}
    r.created_at,
    r.modified_at as updated_at
from {{ relation }} as r
where r.patient_id is not null
  and {{ condition }}
{%- endmacro %}

{#- A day as the moment at which it begins. -#}
{% macro start_of_day(day) -%}
  (({{ day }})::timestamp at time zone 'UTC')
{%- endmacro %}

{#- Which candidate an event is told by: the visit, else its appointment, else the first of the records that hang on it. -#}
{% macro telling_first() -%}
  not took_place, spoke is null, record_kind <> 'patient_visit', occurred_at nulls last, record_id
{%- endmacro %}
