import type { Migration } from '@strata/core'

/**
 * What a step reads under its lock, and what it records of its relation, as functions for the same reason as those before:
 * planned once a connection, each takes less than a third of what the statement took.
 */
export const readAndStoreMigration: Migration = {
  version: 12,
  name: 'what a step reads and records, planned once a connection',
  statements: [
    // The function for the facts has a name for each version of it, and may not be there.
    `create function strata.read_step(for_target text, wanted_schema text, wanted_name text, its_fingerprint text,
  wants_whole boolean, facts text, patience integer) returns json
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $read$
declare
  state json := strata.relation_state(for_target, wanted_schema, wanted_name);
  whole boolean := wants_whole or (state->>'fingerprint') is distinct from its_fingerprint;
  found json;
begin
  -- Not of a relation that nobody has recorded: the step is refused. Who has no patience asks whether nothing is to be done.
  if facts is not null and state->>'target' is not null and state->>'oid' is not null and (patience is null or not whole) then
    execute format('select %s($1, $2, $3)', facts) into found using (state->>'oid')::oid, whole, patience;
  end if;
  return json_build_object('state', state, 'snapshot', pg_current_snapshot()::text, 'whole', whole, 'found', found);
end
$read$`,
    `comment on function strata.read_step(text, text, text, text, boolean, text, integer) is 'What is recorded of a relation, and what the catalog says of it, in one snapshot.'`,
    // What another target knew of the relation is gone: it has been built anew by this one.
    `create function strata.store_relation(for_target text, its_schema text, its_name text, its_node text, its_fingerprint text,
  is_retired boolean, by_run text, at timestamptz, its_sql text, its_configuration jsonb, its_planned_fingerprint text,
  is_taken_over boolean) returns void
language plpgsql set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $store$
begin
  delete from strata.relations where schema_name = its_schema and relation_name = its_name and target <> for_target;
  insert into strata.relations as known (target, schema_name, relation_name, node, fingerprint, retired, run_id, built_at,
    compiled_sql, configuration, planned_fingerprint, taken_over, kind, relation_oid, definition_hash)
  select for_target, its_schema, its_name, its_node, its_fingerprint, is_retired, by_run, at,
    its_sql, its_configuration, its_planned_fingerprint, is_taken_over,
    case c.relkind when 'v' then 'view' when 'm' then 'materialized_view' else 'table' end, c.oid,
    case when c.relkind in ('v', 'm') then md5(pg_get_viewdef(c.oid)) end
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = its_schema and c.relname = its_name
  on conflict (target, schema_name, relation_name) do update set
    taken_over = excluded.taken_over or (known.taken_over and known.relation_oid = excluded.relation_oid),
    node = excluded.node, fingerprint = excluded.fingerprint, retired = excluded.retired, run_id = excluded.run_id,
    built_at = excluded.built_at, kind = excluded.kind, relation_oid = excluded.relation_oid,
    definition_hash = excluded.definition_hash, compiled_sql = excluded.compiled_sql,
    configuration = excluded.configuration, planned_fingerprint = excluded.planned_fingerprint, written_by = default;
end
$store$`,
    `comment on function strata.store_relation(text, text, text, text, text, boolean, text, timestamptz, text, jsonb, text, boolean) is 'Records what a step has built.'`,
  ],
}
