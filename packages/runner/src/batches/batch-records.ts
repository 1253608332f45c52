import type { BatchSize, Publication, RelationName, Session, StepContext } from '@strata/core'
import { stateKey } from '../state/state-key.ts'
import type { RelationStep } from '../state/step-state.ts'

type Node = Pick<RelationStep, 'id'>

/**
 * Beginnings (`2024-01-31 00:00:00`, UTC) of the batches that are done in the relation that now has this oid. What another
 * relation of its name held, or what came out of a dump, counts for nothing.
 */
export async function readDoneBatches(
  transaction: Session,
  { id }: Node,
  context: StepContext,
  size: BatchSize,
  oid: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await transaction.query<{ start: string }>({
    text: `select to_char(batch_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as start from strata.batches
where target = $1 and node = $2 and batch_size = $3 and relation_oid = $4::oid and xmin = written_by::xid`,
    values: [stateKey(context.target), id, size, oid],
  })
  return new Set(rows.map(({ start }) => start))
}

/** Whether one batch is done by now: another run may have been quicker. */
export async function isDone(
  transaction: Session,
  { id }: Node,
  context: StepContext,
  size: BatchSize,
  oid: string,
  start: Date,
): Promise<boolean> {
  const { rowCount } = await transaction.query({
    text: `select from strata.batches
where target = $1 and node = $2 and batch_size = $3 and relation_oid = $4::oid and batch_start = $5
  and xmin = written_by::xid`,
    values: [stateKey(context.target), id, size, oid, start.toISOString()],
  })
  return rowCount > 0
}

/** Returns how many were forgotten. */
export async function forgetBatches(
  transaction: Session,
  { id }: Node,
  context: StepContext,
  stale: NonNullable<Publication['staleBatches']>,
): Promise<number> {
  const { rowCount } = await transaction.query({
    text: `delete from strata.batches where target = $1 and node = $2${
      stale === 'all'
        ? ''
        : `\n  and batch_start at time zone 'UTC' in (select batch_start from (\n${stale.select}\n) as changed)`
    }`,
    values: [stateKey(context.target), id],
  })
  return rowCount
}

/** Those that were done once, and have failed since. */
export async function forgetFailed(
  transaction: Session,
  { id }: Node,
  context: StepContext,
  starts: readonly Date[],
): Promise<void> {
  await transaction.query({
    text: 'delete from strata.batches where target = $1 and node = $2 and batch_start = any($3::timestamptz[])',
    values: [stateKey(context.target), id, starts.map((start) => start.toISOString())],
  })
}

/** In the transaction that wrote them. */
export async function recordBatches(
  transaction: Session,
  { id, relation }: Node & { readonly relation: RelationName },
  context: StepContext,
  size: BatchSize,
  starts: readonly Date[],
): Promise<void> {
  if (starts.length === 0) return
  await transaction.query({
    text: `insert into strata.batches (target, node, batch_start, batch_size, relation_oid, run_id, done_at)
select $1, $2, b.batch_start, $3, c.oid, $4, $5
from pg_catalog.unnest($6::timestamptz[]) as b (batch_start)
join pg_class c on c.relname = $8 join pg_namespace n on n.oid = c.relnamespace and n.nspname = $7
on conflict (target, node, batch_start) do update set
  batch_size = excluded.batch_size, relation_oid = excluded.relation_oid, run_id = excluded.run_id,
  done_at = excluded.done_at, written_by = default`,
    values: [
      stateKey(context.target),
      id,
      size,
      context.runId,
      context.clock().toISOString(),
      starts.map((start) => start.toISOString()),
      relation.schema,
      relation.name,
    ],
  })
}
