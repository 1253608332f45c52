{#- What the clinical models assume about the names that the source has; what its statuses mean is in statuses.sql. Nowhere else do they look
    at a name or a status. -#}

{#- Vital signs among the elements, by name; null for every other element. -#}
{% macro vital_sign_of(element_name) -%}
  case lower(btrim({{ element_name }}))
        when 'systolic blood pressure' then 'systolic_blood_pressure'
        when 'diastolic blood pressure' then 'diastolic_blood_pressure'
        when 'heart rate' then 'heart_rate'
        when 'body temperature' then 'body_temperature'
        when 'respiratory rate' then 'respiratory_rate'
        when 'oxygen saturation' then 'oxygen_saturation'
        when 'weight' then 'weight'
        when 'height' then 'height'
    end
{%- endmacro %}

{#- Something was done to the patient, rather than seen or asked. -#}
{% macro activity_type_of(event_name) -%}
  case when {{ event_name }} ~* '\m(treatment|infusion|injection|dosing|implantation|surgery|procedure)\M' then 'intervention' else 'observation' end
{%- endmacro %}

{% macro clinical_purposes_of(event_name) -%}
  array[case
        when {{ event_name }} ~* '\m(pre)?screening\M' then 'screening'
        when {{ event_name }} ~* '\mconsent\M' then 'consent'
        when {{ event_name }} ~* '\mfollow.?up\M' then 'follow_up'
        when {{ activity_type_of(event_name) }} = 'intervention' then 'treatment'
        else 'monitoring'
    end]
{%- endmacro %}

{#- Entered by the patient and not by the staff. -#}
{% macro is_manual_entry(source) -%}
  (lower(btrim(coalesce({{ source }}, ''))) = 'patient')
{%- endmacro %}
