import type { Publication, Reached, RelationName, Session, StepContext, StepFacts } from '@strata/core'
import { readingToStore } from './edge-reading.ts'
import { definitionOf, type RelationDefinition } from './relation-definition.ts'
import { stateKey } from './state-key.ts'
import type { RelationStep } from './step-state.ts'
import { storeContract } from './stored-contract.ts'

/** Of a publication what decides how far its edges have been read. */
type Stored = Pick<Publication, 'boundSetting'> & { readonly reached?: Reached | undefined }

/** Records what a step has built and how far it has read, in the transaction that publishes it. */
export async function storeState(
  transaction: Session,
  step: RelationStep,
  context: StepContext,
  facts: StepFacts,
  publication: Stored,
  { takenOver = false }: { readonly takenOver?: boolean } = {},
): Promise<void> {
  await upsertRelation(transaction, step.relation, {
    node: step.id,
    fingerprint: step.fingerprint,
    retired: false,
    context,
    definition: definitionOf(step),
    takenOver,
  })
  await storeContract(transaction, step, context, facts.contract !== undefined)
  if (facts.edges.length > 0) await upsertWatermarks(transaction, step, context, facts, publication)
}

export interface RelationRecord {
  readonly node: string
  readonly fingerprint: string
  readonly retired: boolean
  readonly context: StepContext
  readonly definition?: RelationDefinition
  /** It was there before, and stays when the target is cleaned. */
  readonly takenOver?: boolean
}

/** What another target knew of the relation is gone: it has been built anew by this one. */
export async function upsertRelation(
  transaction: Session,
  relation: RelationName,
  record: RelationRecord,
): Promise<void> {
  await transaction.query({
    text: 'select strata.store_relation($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)',
    values: [
      stateKey(record.context.target),
      relation.schema,
      relation.name,
      record.node,
      record.fingerprint,
      record.retired,
      record.context.runId,
      record.context.clock().toISOString(),
      record.definition?.sql ?? null,
      record.definition === undefined
        ? null
        : JSON.stringify(record.definition.configuration).replaceAll('\\u0000', ''),
      record.definition?.plannedFingerprint ?? null,
      record.takenOver ?? false,
    ],
  })
}

/** The oid is that of the source as the step found it: had it been replaced since, the next run would read it anew. */
async function upsertWatermarks(
  transaction: Session,
  step: RelationStep,
  context: StepContext,
  facts: StepFacts,
  publication: Stored,
): Promise<void> {
  const readings = facts.edges.map(({ by, parent }) => readingToStore(by, publication.reached?.[parent]))
  await transaction.query({
    text: `insert into strata.watermarks (target, node, parent, snapshot, source_oid, relation_oid, run_id, updated_at,
  columns, tables)
select $1, $2, e.parent, ${facts.ownWrites === true ? 'read.snapshot' : unseenOwn}, e.source_oid, c.oid, $5, $6,
  nullif(e.columns::jsonb, 'null'), e.tables::oid[]
from unnest($7::text[], $8::oid[], $11::text[], $12::text[]) as e (parent, source_oid, columns, tables)
cross join (select coalesce(nullif(current_setting($3, true), ''), $4)::pg_snapshot as snapshot, pg_current_xact_id() as own) as read
join pg_class c on c.relname = $10 join pg_namespace n on n.oid = c.relnamespace and n.nspname = $9
on conflict (target, node, parent) do update set
  snapshot = excluded.snapshot, source_oid = excluded.source_oid, relation_oid = excluded.relation_oid, run_id = excluded.run_id,
  updated_at = excluded.updated_at, columns = excluded.columns, tables = excluded.tables, written_by = default`,
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
      readings.map(({ columns }) => JSON.stringify(columns)),
      readings.map(({ tables }) => (tables === null ? null : `{${tables.join(',')}}`)),
    ],
  })
}

/**
 * What a hook behind the step writes to a source has the number of this transaction, which a snapshot counts as seen as soon as
 * another one with a higher number has ended. A step that read nothing of its own has seen nothing of it.
 */
const unseenOwn = `case when pg_visible_in_snapshot(read.own, read.snapshot) then pg_catalog.format('%s:%s:%s',
    least(pg_snapshot_xmin(read.snapshot)::text::bigint, read.own::text::bigint), pg_snapshot_xmax(read.snapshot),
    (select pg_catalog.string_agg(running::text, ',' order by running) from (
      select ip::text::bigint from pg_snapshot_xip(read.snapshot) as ip union select read.own::text::bigint
    ) as others (running)))::pg_snapshot else read.snapshot end`
