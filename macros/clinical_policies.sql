{#- Row-level security of a table that has a patient_id: a session sees and writes the rows of the patient that it names by
    `set strata.patient_id = '…'`, and none before it names one. -#}
{% macro patient_policies() %}
  {{ return([{
    'name': 'own_patient',
    'using': "patient_id = nullif(current_setting('strata.patient_id', true), '')::uuid",
  }]) }}
{% endmacro %}
