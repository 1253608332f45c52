{#- What bronze_quality looks at: tables of bronze, the fields of their records that hold days or times, and those that name a record of
    another table of the same source. An entity that silver reads has a line here; landed_in is its table where that is not dim_<table>_staging. -#}
{% macro bronze_entities() %}
  {%- set stamps = ['createdDate', 'modifiedDate'] -%}
  {%- set of_study = {'study': 'studies'} -%}
  {%- set of_patient = {'patient': 'patients'} -%}
  {%- set span = ['startDate', 'endDate'] -%}
  {{ return([
    {'table': 'sites', 'dates': [], 'references': {}},
    {'table': 'studies', 'dates': ['startDate', 'endDate'] + stamps, 'references': {}},
    {'table': 'patients', 'dates': ['dateOfBirth'] + stamps, 'references': {'primarySite': 'sites'}},
    {'table': 'elements', 'dates': stamps, 'references': {}},
    {'table': 'staff', 'dates': stamps, 'references': {'primarySite': 'sites'}},
    {'table': 'subjects', 'dates': ['screeningDate', 'enrollmentDate'] + stamps, 'references': {'patient': 'patients', 'study': 'studies'}},
    {'table': 'subject_statuses', 'dates': ['statusDate'] + stamps, 'references': {'subject': 'subjects', 'study': 'studies'}},
    {'table': 'visits', 'dates': stamps, 'references': of_study},
    {'table': 'visit_element_relationships', 'dates': stamps, 'references': {'study': 'studies', 'visit': 'visits', 'element': 'elements'}},
    {'table': 'patient_visits', 'dates': ['targetDate', 'windowStart', 'windowEnd', 'scheduledDate', 'completedDate'] + stamps,
      'references': {'patient': 'patients', 'subject': 'subjects', 'study': 'studies', 'visit': 'visits', 'site': 'sites'}},
    {'table': 'patient_visit_elements', 'dates': ['performedDate'] + stamps,
      'references': {'patientVisit': 'patient_visits', 'patient': 'patients', 'element': 'elements', 'performedBy': 'staff'}},
    {'table': 'appointments', 'dates': span + stamps,
      'references': {'patient': 'patients', 'subject': 'subjects', 'study': 'studies', 'patientVisit': 'patient_visits', 'site': 'sites', 'staff': 'staff'}},
    {'table': 'queries', 'dates': ['openedDate', 'answeredDate', 'closedDate'] + stamps,
      'references': {'study': 'studies', 'subject': 'subjects', 'patientVisit': 'patient_visits'}},
    {'table': 'study_actions', 'dates': ['dueDate', 'completedDate'] + stamps, 'references': {'study': 'studies', 'assignedTo': 'staff'}},
    {'table': 'study_documents', 'dates': ['documentDate', 'expirationDate'] + stamps, 'references': of_study},
    {'table': 'study_milestones', 'landed_in': 'fact_study_milestones_staging', 'dates': ['plannedDate', 'actualDate'] + stamps, 'references': of_study},
    {'table': 'study_notes', 'landed_in': 'fact_study_documents_staging', 'dates': stamps, 'references': {'study': 'studies', 'author': 'staff'}},
    {'table': 'patient_allergies', 'dates': ['onsetDate', 'endDate'] + stamps, 'references': of_patient},
    {'table': 'patient_conditions', 'dates': ['onsetDate', 'endDate'] + stamps, 'references': of_patient},
    {'table': 'patient_medications', 'dates': span + stamps, 'references': of_patient},
    {'table': 'concomitant_medications', 'dates': span + stamps, 'references': {'patient': 'patients', 'subject': 'subjects', 'study': 'studies'}},
    {'table': 'patient_immunizations', 'dates': ['administeredDate'] + stamps, 'references': of_patient},
    {'table': 'patient_procedures', 'dates': ['procedureDate'] + stamps, 'references': of_patient},
    {'table': 'patient_devices', 'dates': ['implantDate', 'removalDate'] + stamps, 'references': of_patient},
    {'table': 'patient_campaign_touches', 'dates': ['touchDate'] + stamps, 'references': of_patient},
    {'table': 'patient_referral_touches', 'dates': ['touchDate'] + stamps, 'references': of_patient},
    {'table': 'prospects', 'dates': stamps, 'references': {'convertedPatient': 'patients'}},
    {'table': 'patient_payments', 'dates': ['paidDate'] + stamps,
      'references': {'patient': 'patients', 'subject': 'subjects', 'study': 'studies', 'patientVisit': 'patient_visits'}},
    {'table': 'visit_stipends', 'dates': ['approvedDate', 'paidDate'] + stamps,
      'references': {'patient': 'patients', 'patientVisit': 'patient_visits', 'study': 'studies'}},
    {'table': 'invoices', 'dates': ['invoiceDate', 'dueDate', 'paidDate'] + stamps, 'references': of_study},
    {'table': 'remittances', 'dates': ['remittanceDate'] + stamps, 'references': {'invoice': 'invoices', 'study': 'studies'}},
    {'source': 'gohighlevel', 'table': 'contacts', 'landed_in': 'ghl_contacts_staging', 'dates': ['dateAdded', 'dateUpdated'], 'references': {}},
  ]) }}
{% endmacro %}

{% macro bronze_source(entity) %}{{ return(entity.get('source', 'clinical_conductor')) }}{% endmacro %}

{% macro bronze_table(entity) %}{{ return(entity.get('landed_in', 'dim_' ~ entity.table ~ '_staging')) }}{% endmacro %}
