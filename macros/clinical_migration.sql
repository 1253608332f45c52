{#- Brings old clinical tables, whose rows have no event_id, to hub and spokes while they are read and written:
    models run-operation migrate_clinical_tables --args '{dry_run: true}'. See docs/clinical/migration.md. -#}
{% macro migrate_clinical_tables(dry_run=true, schema='public', batch_size=5000, row_security=false) %}
  {% do clinical_plain_name(schema) %}
  {% set found = clinical_migration_facts(schema) %}
  {% do clinical_migration_report(found) %}
  {% if found.problems %}
    {{ exceptions.raise_compiler_error('nothing was changed: ' ~ found.problems | join('; ')) }}
  {% endif %}
  {% set steps = clinical_migration_steps(found, batch_size, row_security) %}
  {% for step in steps %}
    {% do log(('would ' if dry_run else 'did ') ~ step.what, info=true) %}
    {% if not dry_run %}{% do run_query(step.sql) %}{% endif %}
  {% endfor %}
  {% if steps %}
    {% do log('Mind: by the foreign keys (ON DELETE CASCADE), who deletes a row of patient_clinical_events deletes the records of the apps that hang on it.', info=true) %}
  {% endif %}
  {% if not steps %}
    {% do log('nothing to do', info=true) %}
  {% elif dry_run %}
    {% do log('Nothing was changed. Do it with dry_run: false.', info=true) %}
  {% else %}
    {% do clinical_migration_proof(schema, found) %}
  {% endif %}
{% endmacro %}

{#- Takes away what gives new rows their events: for when the apps give event_id themselves. -#}
{% macro drop_clinical_bridge(schema='public') %}
  {% do clinical_plain_name(schema) %}
  {% for spoke in clinical_spokes() %}
    {% set table = adapter.quote(schema) ~ '.' ~ spoke %}
    {% if clinical_rows('select to_regclass(' ~ clinical_literal(table) ~ ') is not null as there')[0].there %}
      {% set drops = [] %}
      {% for trigger in clinical_triggers(table, 'f') %}{% do drops.append('drop trigger if exists ' ~ adapter.quote(trigger.name) ~ ' on ' ~ table) %}{% endfor %}
      {% do run_query(clinical_ddl(drops | join('; '))) %}
    {% endif %}
  {% endfor %}
  {% for function in ['give_clinical_event_to_row()', 'make_clinical_event_of_row()', 'forget_clinical_event(uuid)', 'give_clinical_events(text, jsonb[])'] %}
    {% do run_query('drop function if exists ' ~ adapter.quote(schema) ~ '.' ~ function) %}
  {% endfor %}
{% endmacro %}

{% macro clinical_literal(text) %}
  {{ return(dbt.string_literal(dbt.escape_single_quotes(text))) }}
{% endmacro %}

{#- The name of the schema comes into statements within statements. -#}
{% macro clinical_plain_name(name) %}
  {% for sign in name if sign in '\'"\\$;' %}
    {{ exceptions.raise_compiler_error('nothing was changed: a schema whose name holds ' ~ sign ~ ' cannot be migrated') }}
  {% endfor %}
{% endmacro %}

{% macro clinical_spokes() %}
  {{ return([
    'patient_observations', 'patient_interventions', 'patient_vitals', 'patient_conditions', 'patient_allergies', 'patient_medications',
    'patient_immunizations',
  ]) }}
{% endmacro %}

{#- Rows of a question, as a list of mappings. -#}
{% macro clinical_rows(question) %}
  {% set rows = [] %}
  {% set answer = run_query(question) %}
  {% for row in answer.rows %}{% do rows.append(row) %}{% endfor %}
  {{ return(rows) }}
{% endmacro %}

{% macro clinical_migration_report(found) %}
  {% for spoke in found.spokes %}
    {% do log(spoke.name ~ ': ' ~ spoke.count.rows ~ ' rows, ' ~ spoke.count.without_event ~ ' without an event', info=true) %}
  {% endfor %}
{% endmacro %}
