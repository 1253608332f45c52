import type { Migration } from '@strata/core'

/**
 * What every step asks and says, as functions: their plans are made once a connection, where planning a statement anew
 * costs more than running it. Nothing in them is found through a search path that somebody else could lead astray, and they
 * read with the rights of whoever runs them.
 */
export const stepFunctionsMigration: Migration = {
  version: 8,
  name: 'what every step asks and says, planned once a connection',
  statements: [
    'create index on strata.relations (target) where retired',
    `create function strata.relation_state(for_target text, wanted_schema text, wanted_name text) returns json
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $state$
begin
  return (
    select json_build_object('oid', c.oid::text, 'relkind', c.relkind::text, 'target', r.target, 'fingerprint', r.fingerprint,
      'definition_hash', r.definition_hash, 'same', r.relation_oid = c.oid, 'native', r.xmin = r.written_by::xid,
      'hides_rows', coalesce(row_security_active(c.oid), false),
      'has_retired', exists (select from strata.relations where target = for_target and retired))
    from (values (1)) as one
    left join pg_class c on c.relname = wanted_name
      and c.relnamespace = (select n.oid from pg_namespace n where n.nspname = wanted_schema)
    left join lateral (
      select s.*, s.xmin from strata.relations s
      where s.schema_name = wanted_schema and s.relation_name = wanted_name and not s.retired
      order by (s.target = for_target) desc, s.built_at desc limit 1
    ) r on true
  );
end
$state$`,
    `comment on function strata.relation_state(text, text, text) is 'What is recorded of a relation, held against the catalog.'`,
  ],
}
