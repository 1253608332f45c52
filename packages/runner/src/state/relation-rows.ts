import type { Queryable } from '@strata/core'
import type { RelationRow, RelationStep } from './step-state.ts'

export interface ReadRelation {
  readonly state: RelationRow
  readonly snapshot: string
  /** Of a relation that was built with the fingerprint of its step: what the catalog says of its surface; else null. */
  readonly found: unknown
}

/**
 * What `strata.relation_state` says of one relation, of many in one statement and in their order, which costs a tenth of as many
 * calls; and what the catalog says of them, where `facts` is given.
 */
export async function readRelationRows(
  queryable: Queryable,
  key: string,
  steps: readonly RelationStep[],
  facts?: { surfaceOf(oid: string): string },
): Promise<readonly ReadRelation[]> {
  // The queries for the facts have aliases of their own, of which none is `there`.
  const found =
    facts === undefined
      ? 'null::json'
      : `case when there.oid is not null and r.fingerprint = w.fingerprint then ${facts.surfaceOf('there.oid')} end`
  const { rows } = await queryable.query<ReadRelation>({
    text: `select json_build_object('oid', there.oid::text, 'relkind', there.relkind::text, 'target', r.target, 'fingerprint', r.fingerprint,
  'definition_hash', r.definition_hash, 'same', r.relation_oid = there.oid, 'native', r.xmin = r.written_by::xid,
  'hides_rows', coalesce(row_security_active(there.oid), false), 'has_retired', of_target.has_retired) as state,
  pg_current_snapshot()::text as snapshot, ${found} as found
from unnest($2::text[], $3::text[], $4::text[]) with ordinality as w (schema_name, relation_name, fingerprint, place)
cross join (select exists (select from strata.relations where target = $1 and retired) as has_retired) as of_target
left join pg_namespace n on n.nspname = w.schema_name
left join pg_class there on there.relnamespace = n.oid and there.relname = w.relation_name
left join lateral (
  select s.target, s.fingerprint, s.definition_hash, s.relation_oid, s.written_by, s.xmin from strata.relations s
  where s.schema_name = w.schema_name and s.relation_name = w.relation_name and not s.retired
  order by (s.target = $1) desc, s.built_at desc limit 1
) r on true
order by w.place`,
    values: [
      key,
      steps.map((step) => step.relation.schema),
      steps.map((step) => step.relation.name),
      steps.map((step) => step.fingerprint),
    ],
  })
  return rows
}
