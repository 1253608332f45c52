import type { Publication, RelationName, Session, StepContext, StepFacts } from '@strata/core'
import { stateKey } from './state-key.ts'
import type { RelationStep } from './step-state.ts'

/** Records what a step has built and how far it has read, in the transaction that publishes it. */
export async function storeState(
  transaction: Session,
  step: RelationStep,
  context: StepContext,
  facts: StepFacts,
  publication: Pick<Publication, 'boundSetting'>,
): Promise<void> {
  // A view's definition depends on the search path; what the project runs after this, its hooks, has its own again.
  const { rows } = await transaction.query<{ path: string }>(`select current_setting('search_path') as path`)
  await transaction.query('set local search_path = pg_catalog')
  await upsertRelation(transaction, step.relation, {
    node: step.id,
    fingerprint: step.fingerprint,
    retired: false,
    context,
  })
  if (facts.edges.length > 0) await upsertWatermarks(transaction, step, context, facts, publication)
  await transaction.query({ text: `select set_config('search_path', $1, true)`, values: [rows[0]!.path] })
}

export interface RelationRecord {
  readonly node: string
  readonly fingerprint: string
  readonly retired: boolean
  readonly context: StepContext
}

/** What another target knew of the relation is gone: it has been built anew by this one. */
export async function upsertRelation(
  transaction: Session,
  relation: RelationName,
  record: RelationRecord,
): Promise<void> {
  await transaction.query({
    text: `with taken_over as (
  delete from strata.relations where schema_name = $2 and relation_name = $3 and target <> $1
)
insert into strata.relations (target, schema_name, relation_name, node, fingerprint, retired, run_id, built_at,
  kind, relation_oid, definition_hash)
select $1, $2, $3, $4, $5, $6, $7, $8,
  case c.relkind when 'v' then 'view' when 'm' then 'materialized_view' else 'table' end, c.oid,
  case when c.relkind = 'v' then md5(pg_get_viewdef(c.oid)) end
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $2 and c.relname = $3
on conflict (target, schema_name, relation_name) do update set
  node = excluded.node, fingerprint = excluded.fingerprint, retired = excluded.retired, run_id = excluded.run_id,
  built_at = excluded.built_at, kind = excluded.kind, relation_oid = excluded.relation_oid,
  definition_hash = excluded.definition_hash, written_by = default`,
    values: [
      stateKey(record.context.target),
      relation.schema,
      relation.name,
      record.node,
      record.fingerprint,
      record.retired,
      record.context.runId,
      record.context.clock().toISOString(),
    ],
  })
}

/** The oid is that of the source as the step found it: had it been replaced since, the next run would read it anew. */
async function upsertWatermarks(
  transaction: Session,
  step: RelationStep,
  context: StepContext,
  facts: StepFacts,
  publication: Pick<Publication, 'boundSetting'>,
): Promise<void> {
  await transaction.query({
    text: `insert into strata.watermarks (target, node, parent, snapshot, source_oid, relation_oid, run_id, updated_at)
select $1, $2, e.parent, coalesce(nullif(current_setting($3, true), ''), $4)::pg_snapshot, e.source_oid, c.oid, $5, $6
from unnest($7::text[], $8::oid[]) as e (parent, source_oid)
join pg_class c on c.relname = $10 join pg_namespace n on n.oid = c.relnamespace and n.nspname = $9
on conflict (target, node, parent) do update set
  snapshot = excluded.snapshot, source_oid = excluded.source_oid, relation_oid = excluded.relation_oid, run_id = excluded.run_id,
  updated_at = excluded.updated_at, written_by = default`,
    values: [
      stateKey(context.target),
      step.id,
      publication.boundSetting ?? 'strata.none',
      facts.snapshot,
      context.runId,
      context.clock().toISOString(),
      facts.edges.map((edge) => edge.parent),
      facts.edges.map((edge) => edge.sourceOid),
      step.relation.schema,
      step.relation.name,
    ],
  })
}
