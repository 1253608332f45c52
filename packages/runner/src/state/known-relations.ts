import type { Database, KnownRelation, NodeId, Target } from '@strata/core'
import { stateKey } from './state-key.ts'

/** What a target built and is still there, by node. Reads only; nothing on a database that Strata has never seen. */
export async function readKnownRelations(
  database: Database,
  target: Pick<Target, 'name' | 'prefix'>,
): Promise<ReadonlyMap<NodeId, KnownRelation>> {
  const { rows: columns } = await database.query<{ kept: boolean | null; promises: boolean | null }>(
    `select bool_or(attname = 'planned_fingerprint') as kept, bool_or(attname = 'contract') as promises from pg_attribute
where attrelid = to_regclass('strata.relations') and not attisdropped`,
  )
  const { kept, promises } = columns[0]!
  if (kept === null) return new Map()
  const { rows } = await database.query<KnownRow>({
    text: `select r.node, r.schema_name as schema, r.relation_name as name, r.fingerprint,
  ${kept ? 'r.compiled_sql as sql, r.configuration, coalesce(r.planned_fingerprint, r.fingerprint)' : 'null as sql, null::jsonb as configuration, r.fingerprint'} as planned,
  ${promises ? 'r.contract' : 'null::jsonb as contract'},
  to_char(r.built_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as built_at
from strata.relations r
join pg_namespace n on n.nspname = r.schema_name
join pg_class c on c.relnamespace = n.oid and c.relname = r.relation_name
where r.target = $1 and not r.retired and (c.oid = r.relation_oid or r.xmin <> r.written_by::xid)`,
    values: [stateKey(target)],
  })
  return new Map(
    rows.map(
      ({ node, schema, name, fingerprint, planned, sql, configuration, contract, built_at: builtAt }) => [
        node,
        {
          node,
          relation: { schema, name },
          fingerprint,
          plannedFingerprint: planned,
          sql,
          configuration,
          ...(contract === null ? {} : { contract }),
          builtAt,
        },
      ],
    ),
  )
}

interface KnownRow {
  readonly node: NodeId
  readonly schema: string
  readonly name: string
  readonly fingerprint: string
  readonly planned: string
  readonly sql: string | null
  readonly configuration: KnownRelation['configuration']
  readonly contract: NonNullable<KnownRelation['contract']> | null
  readonly built_at: string
}
