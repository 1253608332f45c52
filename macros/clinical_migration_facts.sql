{#- What is there: tables with their columns, counts, indexes and constraints, and what stands in the way. -#}
{% macro clinical_migration_facts(schema) %}
  {% set in_schema = adapter.quote(schema) %}
  {% set tables = {} %}
  {% for row in clinical_rows(
    "select c.relname::text as name, a.attname::text as column_name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
      a.attnotnull and not a.atthasdef and a.attidentity = '' as must_be_given, c.relrowsecurity as guarded
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind = 'r' and c.relnamespace = (select oid from pg_namespace where nspname = " ~ clinical_literal(schema) ~ ")
      and c.relname in ('patient_clinical_events', 'synthetic_event_audit', '" ~ clinical_spokes() | join("', '") ~ "')
    order by c.relname, a.attnum"
  ) %}
    {% if row.name not in tables %}
      {% do tables.update({row.name: {'columns': {}, 'guarded': row.guarded, 'at': in_schema ~ '.' ~ row.name}}) %}
    {% endif %}
    {% do tables[row.name].columns.update({row.column_name: row}) %}
  {% endfor %}
  {% set objects = {} %}
  {% for row in clinical_rows(
    "select conname::text as name, convalidated as done from pg_constraint where connamespace = (select oid from pg_namespace where nspname = " ~ clinical_literal(schema) ~ ")
    union all
    select c.relname::text, i.indisvalid from pg_index i join pg_class c on c.oid = i.indexrelid
    where c.relnamespace = (select oid from pg_namespace where nspname = " ~ clinical_literal(schema) ~ ")
      and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conname = c.relname)
    union all
    select c.relname || ' ' || t.tgname, true from pg_trigger as t join pg_class as c on c.oid = t.tgrelid
    where t.tgname in ('give_clinical_event', 'forget_clinical_event')
      and c.relnamespace = (select oid from pg_namespace where nspname = " ~ clinical_literal(schema) ~ ")
    order by 1"
  ) %}
    {% do objects.update({row.name: row.done}) %}
  {% endfor %}

  {% set problems = [] %}
  {% set spokes = [] %}
  {% set hub = tables.get('patient_clinical_events') %}
  {% if hub is none %}
    {% do problems.append('there is no table ' ~ schema ~ '.patient_clinical_events') %}
  {% else %}
    {% if hub.columns.get('id', {}).get('type') != 'uuid' or 'patient_id' not in hub.columns %}
      {% do problems.append('patient_clinical_events needs a column id of type uuid, and patient_id') %}
    {% endif %}
    {% for name, column in hub.columns.items() if column.must_be_given and name not in clinical_event_columns() %}
      {% do problems.append('patient_clinical_events.' ~ name ~ ' must be given, and a synthetic event has none: give it a default') %}
    {% endfor %}
    {% for spoke in clinical_spokes() if spoke in tables %}
      {% set table = tables[spoke] %}
      {% if 'id' not in table.columns or 'patient_id' not in table.columns %}
        {% do problems.append(spoke ~ ' needs the columns id and patient_id') %}
      {% elif table.columns.patient_id.type != hub.columns.get('patient_id', {}).get('type') %}
        {% do problems.append(spoke ~ '.patient_id is ' ~ table.columns.patient_id.type ~ ', that of the hub is not') %}
      {% else %}
        {% set linked = 'event_id' in table.columns %}
        {% set count = clinical_rows(
          'select count(*)::bigint as rows, count(*) filter (where patient_id is null)::bigint as without_patient, '
          ~ ('count(*) filter (where event_id is null)::bigint as without_event, count(*) filter (where event_id is not null and not exists (
             select from ' ~ hub.at ~ ' as e where e.id = s.event_id and e.patient_id = s.patient_id))::bigint as astray'
             if linked else 'count(*)::bigint as without_event, 0::bigint as astray')
          ~ ' from ' ~ table.at ~ ' as s'
        )[0] %}
        {% if count.without_patient > 0 %}
          {% do problems.append(spoke ~ ' has ' ~ count.without_patient ~ ' rows without a patient: give them one, or delete them') %}
        {% endif %}
        {% if count.astray > 0 %}
          {% do problems.append(spoke ~ ' has ' ~ count.astray ~ ' rows whose event_id is that of no event, or of another patient: set it to null') %}
        {% endif %}
        {% do spokes.append({'name': spoke, 'table': table, 'count': count, 'linked': linked}) %}
      {% endif %}
    {% endfor %}
    {% if not spokes and not problems %}{% do problems.append('there is no spoke in the schema ' ~ schema) %}{% endif %}
  {% endif %}
  {{ return({'schema': schema, 'in_schema': in_schema, 'hub': hub, 'tables': tables, 'objects': objects, 'spokes': spokes, 'problems': problems}) }}
{% endmacro %}
