import type { Migration } from '@strata/core'

/**
 * `strata.former.pruned` says up to where rows are gone, and no longer up to where they might be: who has read less far has
 * lost nothing as long as nothing left that another reader let go of.
 */
export const prunedRowsMigration: Migration = {
  version: 14,
  name: 'former rows that are gone are told from those that never were',
  statements: [
    `create or replace function strata.prune_former_rows(relation oid) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $prune$
declare
  consumed xid8;
  last_gone xid8;
  orphan oid;
begin
  if not pg_try_advisory_xact_lock(pg_catalog.hashtextextended('strata:former', 0)) then return; end if;
  for orphan in select relation_oid from strata.former f
    where not exists (select from pg_catalog.pg_class c where c.oid = f.relation_oid)
  loop
    execute format('drop table if exists strata.%I', 'former_' || orphan);
    delete from strata.former where relation_oid = orphan;
  end loop;
  select min(pg_snapshot_xmin(w.snapshot)) into consumed from strata.watermarks w
  where w.source_oid = relation and exists (select from pg_catalog.pg_class c where c.oid = w.relation_oid);
  if consumed is null or to_regclass('strata.former_' || relation) is null then return; end if;
  execute format('with gone as (delete from strata.%I where strata_left_xid < $1 returning strata_left_xid)
    select strata_left_xid from gone order by 1 desc limit 1', 'former_' || relation) into last_gone using consumed;
  if last_gone is null then return; end if;
  update strata.former set pruned = (last_gone::text::bigint + 1)::text::xid8, written_by = default
  where relation_oid = relation and (pruned is null or pruned <= last_gone);
end
$prune$`,
    `comment on column strata.former.pruned is 'Rows that ended in an earlier transaction are gone.'`,
  ],
}
