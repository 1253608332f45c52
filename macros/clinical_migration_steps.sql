{#- Columns of an event that a synthetic one gets, with their values. -#}
{% macro clinical_event_columns() %}
  {{ return({
    'id': 'event_id',
    'patient_id': "record->>'patient_id'",
    'activity_type': "'observation'",
    'clinical_purposes': "case when lower(coalesce(record->>'entered_by', record->>'source', record->>'entry_method', '')) in ('patient', 'manual', 'self') then '{self_monitoring}' else '{monitoring}' end",
    'event_name': "coalesce(record->>'name', record->>'condition_name', record->>'allergen', record->>'medication_name', record->>'vaccine_name', record->>'observation_name', record->>'vital_type', initcap(replace(spoke, '_', ' ')))",
    'event_date': "day",
    'clinical_identity_key': "identity_key",
    'is_synthetic': "true",
    'ai_extracted': "false",
    'created_at': "coalesce(" ~ clinical_moment('created_at') ~ ", now())",
    'updated_at': "now()",
  }) }}
{% endmacro %}

{#- A field of the record as a moment, null where it is none. What timestamps of Postgres look like is made what a short pattern knows. -#}
{% macro clinical_moment(field) -%}
{{ timestamp_of("replace(record->>'" ~ field ~ "', '+00:00', 'Z')") }}
{%- endmacro %}

{#- All that is still to be done, in order: {what, sql}. Each is a statement, and a transaction, of its own. -#}
{% macro clinical_migration_steps(found, batch_size, row_security) %}
  {% set steps = [] %}
  {% set hub = found.hub %}
  {% set objects = found.objects %}
  {% set columns = {'is_synthetic': 'boolean not null default false', 'clinical_identity_key': 'text', 'activity_type': 'text',
    'clinical_purposes': 'text[]', 'event_name': 'text', 'event_date': 'timestamptz'} %}
  {% set types = {} %}
  {% for name, column in hub.columns.items() %}{% do types.update({name: column.type}) %}{% endfor %}
  {% for name, definition in columns.items() if name not in types %}
    {% do steps.append({'what': 'add the column ' ~ name ~ ' to patient_clinical_events', 'sql': clinical_ddl('alter table ' ~ hub.at ~ ' add column if not exists ' ~ name ~ ' ' ~ definition)}) %}
    {% do types.update({name: definition.split(' ')[0]}) %}
  {% endfor %}
  {% do steps.extend(clinical_unique(found)) %}
  {% do steps.extend(clinical_index(found, 'patient_clinical_events_identity_key_idx', hub.at, 'index', '(clinical_identity_key)')) %}
  {% set audit = found.in_schema ~ '.synthetic_event_audit' %}
  {% if 'synthetic_event_audit' not in found.tables %}
    {% do steps.append({'what': 'create the audit of synthetic events', 'sql': 'create table if not exists ' ~ audit ~ ' (event_id uuid primary key, patient_id '
      ~ types.patient_id ~ ' not null, spoke text not null, record_key text not null, recorded_at timestamptz not null default now())'}) %}
  {% endif %}

  {% set open = [] %}
  {% for spoke in found.spokes %}
    {% set is_old = spoke.name ~ ' give_clinical_event' in objects and spoke.name ~ ' forget_clinical_event' not in objects %}
    {% if not spoke.linked or spoke.count.without_event > 0 or not spoke.table.columns.event_id.required or is_old %}{% do open.append(spoke) %}{% endif %}
  {% endfor %}
  {% for spoke in found.spokes %}
    {% if not spoke.linked %}
      {% do steps.append({'what': 'add the column event_id to ' ~ spoke.name, 'sql': clinical_ddl('alter table ' ~ spoke.table.at ~ ' add column if not exists event_id uuid')}) %}
    {% endif %}
    {% do steps.extend(clinical_index(found, spoke.name ~ '_event_id_idx', spoke.table.at, 'index', '(event_id)')) %}
  {% endfor %}
  {% if open %}
    {% do steps.append({'what': 'create the function that gives records their events', 'sql': clinical_give_events(found, types)}) %}
    {% do steps.append({'what': 'create the functions of its triggers', 'sql': clinical_bridge_functions(found)}) %}
  {% endif %}
  {% for spoke in open %}
    {% if spoke.name ~ ' forget_clinical_event' not in objects %}
      {% set triggers = [] %}
      {% for trigger in clinical_triggers(spoke.table.at, found.in_schema) %}{% do triggers.append(trigger.sql) %}{% endfor %}
      {% do steps.append({'what': 'give new rows of ' ~ spoke.name ~ ' their events by triggers', 'sql': clinical_ddl(triggers | join('; '))}) %}
    {% endif %}
    {% do steps.append({'what': 'give the ' ~ spoke.count.without_event ~ ' rows of ' ~ spoke.name ~ ' without an event theirs, ' ~ batch_size ~ ' at a time', 'sql': clinical_backfill(found, spoke, batch_size)}) %}
  {% endfor %}

  {% for spoke in found.spokes %}
    {% do steps.extend(clinical_foreign_key(found, spoke.name, spoke.table.at)) %}
    {% for column in ['event_id', 'patient_id'] if not spoke.table.columns.get(column, {}).get('required') %}
      {% do steps.extend(clinical_not_null(found, spoke.name, spoke.table.at, column)) %}
    {% endfor %}
  {% endfor %}
  {% do steps.extend(clinical_foreign_key(found, 'synthetic_event_audit', audit)) %}
  {% if row_security %}
    {% for spoke in [{'name': 'patient_clinical_events', 'table': hub}] + found.spokes if not spoke.table.guarded %}
      {% set policy = 'create policy own_patient on ' ~ spoke.table.at ~ " using (patient_id::text = nullif(current_setting('strata.patient_id', true), ''))" %}
      {% do steps.append({'what': 'switch row-level security on for ' ~ spoke.name, 'sql': clinical_ddl(policy ~ '; alter table ' ~ spoke.table.at ~ ' enable row level security')}) %}
    {% endfor %}
    {% if not found.tables.get('synthetic_event_audit', {}).get('guarded') %}
      {% do steps.append({'what': 'show the audit to no role but its owner', 'sql': clinical_ddl('alter table ' ~ audit ~ ' enable row level security')}) %}
    {% endif %}
  {% endif %}
  {{ return(steps) }}
{% endmacro %}

{#- A short lock or none: waits without holding anybody up, and tries again. -#}
{% macro clinical_ddl(statement) -%}
do $migrate$
begin
  for attempt in 1..200 loop
    begin
      set local lock_timeout = '200ms';
      {{ statement }};
      return;
    exception when lock_not_available then
      perform pg_sleep(0.05 * least(attempt, 20));
    end;
  end loop;
  raise exception 'a table stayed locked by others';
end
$migrate$
{%- endmacro %}

{#- An index that is built beside readers and writers; an invalid one, of a run that was cut off, is built anew. -#}
{% macro clinical_index(found, name, at, kind, columns) %}
  {% set steps = [] %}
  {% if found.objects.get(name) is false %}
    {% do steps.append({'what': 'drop the index ' ~ name ~ ', which is invalid', 'sql': 'drop index concurrently ' ~ found.in_schema ~ '.' ~ name}) %}
  {% endif %}
  {% if not found.objects.get(name) %}
    {% do steps.append({'what': 'create the index ' ~ name ~ ' concurrently', 'sql': 'create ' ~ kind ~ ' concurrently ' ~ name ~ ' on ' ~ at ~ ' ' ~ columns}) %}
  {% endif %}
  {{ return(steps) }}
{% endmacro %}

{#- What foreign keys of id and patient_id point to: the index first, then the constraint on it. -#}
{% macro clinical_unique(found) %}
  {% set name = 'patient_clinical_events_id_patient_id_key' %}
  {% if name in found.objects %}{{ return([]) }}{% endif %}
  {% set steps = clinical_index(found, name ~ '_idx', found.hub.at, 'unique index', '(id, patient_id)') %}
  {% do steps.append({'what': 'make it the constraint ' ~ name, 'sql': clinical_ddl('alter table ' ~ found.hub.at ~ ' add constraint ' ~ name ~ ' unique using index ' ~ name ~ '_idx')}) %}
  {{ return(steps) }}
{% endmacro %}

{% macro clinical_foreign_key(found, table, at) %}
  {% set name = table ~ '_event_fk' %}
  {% set steps = [] %}
  {% if name not in found.objects %}
    {% do steps.append({'what': 'bind new rows of ' ~ table ~ ' to events of their own patient', 'sql': clinical_ddl('alter table ' ~ at ~ ' add constraint ' ~ name
      ~ ' foreign key (event_id, patient_id) references ' ~ found.hub.at ~ ' (id, patient_id) on delete cascade not valid')}) %}
  {% endif %}
  {% if not found.objects.get(name) %}
    {% do steps.append({'what': 'look at the rows of ' ~ table ~ ' that are there', 'sql': 'alter table ' ~ at ~ ' validate constraint ' ~ name}) %}
  {% endif %}
  {{ return(steps) }}
{% endmacro %}

{#- By a check that is validated beside readers and writers, so that NOT NULL itself looks at no row. -#}
{% macro clinical_not_null(found, table, at, column) %}
  {% set name = table ~ '_' ~ column ~ '_present' %}
  {% set steps = [] %}
  {% if name not in found.objects %}
    {% do steps.append({'what': 'refuse new rows of ' ~ table ~ ' without ' ~ column, 'sql': clinical_ddl('alter table ' ~ at ~ ' add constraint ' ~ name ~ ' check (' ~ column ~ ' is not null) not valid')}) %}
  {% endif %}
  {% do steps.append({'what': 'look for rows of ' ~ table ~ ' without it', 'sql': 'alter table ' ~ at ~ ' validate constraint ' ~ name}) %}
  {% do steps.append({'what': 'make ' ~ table ~ '.' ~ column ~ ' NOT NULL', 'sql': clinical_ddl('alter table ' ~ at ~ ' alter column ' ~ column ~ ' set not null; alter table ' ~ at ~ ' drop constraint ' ~ name)}) %}
  {{ return(steps) }}
{% endmacro %}

{#- Finds the events of records by their exact keys, or makes synthetic ones, whose ids are derived from these keys: again and again the
    same. A plan made while the hub was empty would read all of it for each record, hence enable_seqscan. -#}
{% macro clinical_give_events(found, types) -%}
{%- set given = {} -%}
{%- for name, value in clinical_event_columns().items() if name in types -%}
  {%- set value = 'coalesce(day, now())' if name == 'event_date' and found.hub.columns.get(name, {}).get('required') else value -%}
  {%- do given.update({name: '(' ~ value ~ ')::' ~ types[name]}) -%}
{%- endfor -%}
create or replace function {{ found.in_schema }}.give_clinical_events(of_spoke text, records jsonb[]) returns table (record_key text, event_id uuid)
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set enable_seqscan = off as $give$
#variable_conflict use_column
begin
  return query
  with given as (
    select of_spoke as spoke, r.record, r.record->>'id' as record_key, r.record->>'patient_id' as patient, of_spoke || ':' || (r.record->>'id') as identity_key
    from unnest(records) as r (record)
  ),
  linked as materialized (
    select g.*, e.id is null as is_new, coalesce(e.is_synthetic, true) as synthetic,
      coalesce(e.id, md5('clinical_event:' || g.patient || ':' || g.identity_key)::uuid) as event_id
    from given as g left join lateral (
      select e.id, e.is_synthetic from {{ found.hub.at }} as e
      where e.clinical_identity_key = g.identity_key and e.patient_id::text = g.patient
      order by e.is_synthetic, e.id limit 1
    ) as e on true
  ),
  made as (
    insert into {{ found.hub.at }} ({{ given | join(', ') }})
    select {{ given.values() | join(', ') }}
    from linked left join lateral (
      -- What is no day, or a text of somebody, is passed over: an error would stop the app, and show it.
      select coalesce({% for field in ['event_date', 'observed_at', 'measured_at', 'recorded_at', 'onset_date', 'start_date', 'administered_date', 'procedure_date', 'created_at'] %}
        {{ clinical_moment(field) }}{{ ',' if not loop.last }}{% endfor %}
      ) as day
    ) as first_day on true
    where is_new
    on conflict do nothing
  ),
  audited as (
    insert into {{ found.in_schema }}.synthetic_event_audit (event_id, patient_id, spoke, record_key)
    select event_id, patient::{{ types.patient_id }}, spoke, record_key from linked where synthetic
    on conflict do nothing
  )
  select record_key, event_id from linked;
end
$give$;
revoke all on function {{ found.in_schema }}.give_clinical_events(text, jsonb[]) from public
{%- endmacro %}

{#- What a row of a spoke is told apart by, within its triggers: `row` is new or old. -#}
{% macro clinical_own_event(row) -%}
md5('clinical_event:' || {{ row }}.patient_id::text || ':' || tg_table_name || ':' || {{ row }}.id::text)::uuid
{%- endmacro %}

{#- The functions run with the rights of their owner, hence nobody else may set them on a table, and they work on no other. -#}
{% macro clinical_refuse_others(found) -%}
if tg_table_schema <> {{ clinical_literal(found.schema) }} or tg_table_name not in ('{{ clinical_spokes() | join("', '") }}') then
    raise exception '% is no clinical table of the bridge', tg_relid::regclass;
  end if
{%- endmacro %}

{#- A row only gets the id of its event before it is written, for an INSERT … ON CONFLICT may then write none; the event itself is made after it. -#}
{% macro clinical_bridge_functions(found) -%}
{%- set hub = found.hub.at -%}
{%- set audit = found.in_schema ~ '.synthetic_event_audit' -%}
{%- set settings = 'language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off' -%}
create or replace function {{ found.in_schema }}.give_clinical_event_to_row() returns trigger
{{ settings }} as $give$
begin
  {{ clinical_refuse_others(found) }};
  new.event_id := coalesce((
    select e.id from {{ hub }} as e
    where e.clinical_identity_key = tg_table_name || ':' || new.id::text and e.patient_id::text = new.patient_id::text
    order by e.is_synthetic, e.id limit 1
  ), {{ clinical_own_event('new') }});
  return new;
end
$give$;

create or replace function {{ found.in_schema }}.make_clinical_event_of_row() returns trigger
{{ settings }} as $make$
begin
  {{ clinical_refuse_others(found) }};
  if tg_op <> 'DELETE' then
    if new.event_id = {{ clinical_own_event('new') }} and not exists (select from {{ hub }} as e where e.id = new.event_id) then
      perform from {{ found.in_schema }}.give_clinical_events(tg_table_name, array[to_jsonb(new)]);
    end if;
  end if;
  if tg_op <> 'INSERT' then
    perform {{ found.in_schema }}.forget_clinical_event(old.event_id);
  end if;
  return null;
end
$make$;

create or replace function {{ found.in_schema }}.forget_clinical_event(of_event uuid) returns void
{{ settings }} as $forget$
declare
  child record;
  hangs boolean;
begin
  if not exists (select from {{ audit }} as a where a.event_id = of_event) then return; end if;
  -- Waits for whoever is about to hang a record on it, which the cascade would delete.
  perform from {{ hub }} as e where e.id = of_event and e.is_synthetic for update;
  if not found then return; end if;
  if {% for spoke in found.spokes %}exists (select from {{ spoke.table.at }} as s where s.event_id = of_event){{ '\n    or ' if not loop.last }}{% endfor %} then return; end if;
  for child in
    select k.conrelid::regclass::text as relation, a.attname as column_name
    from pg_constraint as k
    join pg_attribute as i on i.attrelid = k.confrelid and i.attname = 'id'
    join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = k.conkey[array_position(k.confkey, i.attnum)]
    where k.contype = 'f' and k.confrelid = {{ clinical_literal(hub) }}::regclass and k.conrelid <> {{ clinical_literal(audit) }}::regclass
  loop
    execute format('select exists (select from %s where %I = $1)', child.relation, child.column_name) into hangs using of_event;
    if hangs then return; end if;
  end loop;
  delete from {{ hub }} as e where e.id = of_event;
end
$forget$;

revoke all on function {{ found.in_schema }}.give_clinical_event_to_row() from public;
revoke all on function {{ found.in_schema }}.make_clinical_event_of_row() from public;
revoke all on function {{ found.in_schema }}.forget_clinical_event(uuid) from public
{%- endmacro %}

{#- Of a spoke: {name, sql}. After-triggers fire in the order of their names, and foreign keys are checked by triggers whose names begin with
    RI_: what makes events comes before them. Rows that have no event yet are left to the backfill. -#}
{% macro clinical_triggers(at, in_schema) %}
  {% set triggers = [] %}
  {% for name, fires, function in [
    ('give_clinical_event', 'before insert', 'when (new.event_id is null) execute function {}.give_clinical_event_to_row()'),
    ('give_clinical_event_anew', 'before update of event_id, patient_id', 'when (old.event_id is not null and (new.event_id is null or new.event_id = old.event_id and new.patient_id is distinct from old.patient_id)) execute function {}.give_clinical_event_to_row()'),
    ('A_make_clinical_event', 'after insert', 'execute function {}.make_clinical_event_of_row()'),
    ('A_move_clinical_event', 'after update of event_id, patient_id', 'when (old.event_id is not null and new.event_id is distinct from old.event_id) execute function {}.make_clinical_event_of_row()'),
    ('forget_clinical_event', 'after delete', 'execute function {}.make_clinical_event_of_row()'),
  ] %}
    {% do triggers.append({'name': name, 'sql': 'create or replace trigger ' ~ adapter.quote(name) ~ ' ' ~ fires ~ ' on ' ~ at ~ ' for each row ' ~ function | replace('{}', in_schema)}) %}
  {% endfor %}
  {{ return(triggers) }}
{% endmacro %}

{#- Batch by batch, each committed; rows that somebody holds at the moment are taken up again. -#}
{% macro clinical_backfill(found, spoke, batch_size) -%}
do $migrate$
declare
  reached {{ spoke.table.columns.id.type }};
  batch {{ spoke.table.columns.id.type }}[];
  waited int := 0;
begin
  loop
    select array_agg(b.id order by b.id) into batch from (
      select s.id from {{ spoke.table.at }} as s where s.event_id is null and (reached is null or s.id > reached)
      order by s.id limit {{ batch_size | int }} for update skip locked
    ) as b;
    if batch is not null then
      update {{ spoke.table.at }} as s set event_id = g.event_id
      from {{ found.in_schema }}.give_clinical_events('{{ spoke.name }}', (select array_agg(to_jsonb(r)) from {{ spoke.table.at }} as r where r.id = any (batch))) as g
      where s.id = g.record_key::{{ spoke.table.columns.id.type }};
      reached := batch[array_length(batch, 1)];
    else
      exit when not exists (select from {{ spoke.table.at }} as s where s.event_id is null);
      waited := waited + 1;
      if waited > 600 then raise exception 'rows of {{ spoke.name }} stayed locked by others'; end if;
      reached := null;
      perform pg_sleep(0.1);
    end if;
    commit;
  end loop;
end
$migrate$
{%- endmacro %}

{#- The proofs, asked of what is there now. -#}
{% macro clinical_migration_proof(schema, found) %}
  {% set at = found.in_schema %}
  {% for spoke in found.spokes %}
    {% set astray = clinical_rows('select count(*)::bigint as rows from ' ~ spoke.table.at ~ ' as s where not exists (select from ' ~ found.hub.at ~ ' as e where e.id = s.event_id and e.patient_id = s.patient_id)')[0].rows %}
    {% do log(spoke.name ~ ': ' ~ astray ~ ' orphans', info=true) %}
  {% endfor %}
  {% set audit = clinical_rows('select count(*) filter (where a.event_id is null)::bigint as unknown, count(*)::bigint as rows from ' ~ found.hub.at
    ~ ' as e left join ' ~ at ~ '.synthetic_event_audit as a on a.event_id = e.id where e.is_synthetic')[0] %}
  {% set bare = [] %}
  {% for spoke in found.spokes %}{% do bare.append('not exists (select from ' ~ spoke.table.at ~ ' as s where s.event_id = a.event_id)') %}{% endfor %}
  {% set without_record = clinical_rows('select count(*)::bigint as rows from ' ~ at ~ '.synthetic_event_audit as a where ' ~ bare | join(' and '))[0].rows %}
  {% do log(audit.rows ~ ' synthetic events, ' ~ audit.unknown ~ ' not in the audit, ' ~ without_record ~ ' without a record', info=true) %}
{% endmacro %}
