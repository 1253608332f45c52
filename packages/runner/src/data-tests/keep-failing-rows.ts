import type { Database, DataTestStep, NodeId, Queryable, StepContext } from '@strata/core'
import { stateKey } from '../state/state-key.ts'
import { limited } from './count-failures.ts'

/** What of the run is written beside the rows. */
export type KeepContext = Pick<StepContext, 'runId' | 'target' | 'clock'>

const defaultDays = 30

/**
 * Writes failing rows, as JSON objects, to `strata.failing_rows`, in a transaction of its own: what found them has been
 * rolled back. Returns how many. Throws `DatabaseError`.
 */
export async function keepFailingRows(
  database: Database,
  context: KeepContext,
  tests: readonly { readonly step: DataTestStep; readonly rows: readonly string[] }[],
): Promise<number> {
  const found = tests.filter(({ rows }) => rows.length > 0)
  if (found.length === 0) return 0
  return database.transaction(async (transaction) => {
    await forgetOldRows(transaction, context)
    let kept = 0
    for (const { step, rows } of found) {
      const { rowCount } = await transaction.query({
        text: `${insertion} select $1, $2, $3, $4, r.row::jsonb, $5::timestamptz, $5::timestamptz + $6::interval
from pg_catalog.unnest($7::text[]) r (row)`,
        values: [...valuesOf(step, context), rows],
      })
      kept += rowCount
    }
    return kept
  })
}

/** Keeps all failing rows of a test on health information, in the place of those of its run before. Throws `DatabaseError`. */
export async function keepAllFailingRows(
  transaction: Queryable,
  context: KeepContext,
  step: DataTestStep,
  select: string,
): Promise<void> {
  await forgetOldRows(transaction, context)
  await transaction.query({
    text: 'delete from strata.failing_rows where target = $1 and node = $2',
    values: [stateKey(context.target), step.id],
  })
  await transaction.query({
    text: `${insertion} select $1, $2, $3, $4, pg_catalog.to_jsonb(failing), $5::timestamptz, $5::timestamptz + $6::interval
from (\n${limited(step, select)}\n) as failing`,
    values: valuesOf(step, context),
  })
}

export interface KeptRows {
  readonly runId: string
  readonly test: string
  /** ISO 8601 */
  readonly at: string
  /** When the test last ran, if it has passed since and runs are recorded; ISO 8601. */
  readonly passedAt: string | null
  readonly rows: readonly { readonly [column: string]: unknown }[]
}

/** The rows that were last kept of a test; null: none. */
export async function readFailingRows(
  queryable: Queryable,
  target: StepContext['target'],
  node: NodeId,
  most: number,
): Promise<KeptRows | null> {
  const { rows } = await queryable.query<{
    run_id: string
    test: string
    at: string
    passed_at: string | null
    row: { readonly [column: string]: unknown }
  }>({
    text: `select run_id, test, ${isoOf('at')} as at, row, (
  select case when s.status = 'success' and s.run_id <> f.run_id then ${isoOf('s.started_at')} end
  from strata.steps s join strata.runs r on r.run_id = s.run_id
  where r.target = $1 and s.node = $2 and s.status in ('success', 'warned', 'failed') and s.started_at is not null
  order by s.started_at desc limit 1) as passed_at
from strata.failing_rows f
where target = $1 and node = $2 and keep_until > now() and run_id = (
  select run_id from strata.failing_rows where target = $1 and node = $2 order by at desc limit 1)
order by id limit $3`,
    values: [stateKey(target), node, most],
  })
  const [first] = rows
  if (first === undefined) return null
  const { run_id: runId, test, at, passed_at: passedAt } = first
  return { runId, test, at, passedAt, rows: rows.map(({ row }) => row) }
}

function isoOf(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
}

const insertion = 'insert into strata.failing_rows (target, run_id, node, test, row, at, keep_until)'

function valuesOf(step: DataTestStep, { target, runId, clock }: KeepContext): readonly unknown[] {
  return [stateKey(target), runId, step.id, step.name, clock().toISOString(), `${daysOf(step)} days`]
}

function daysOf({ config }: DataTestStep): number {
  const days = config['keep_failures_days']
  return typeof days === 'number' ? days : defaultDays
}

/** Also those of tests that no longer run. */
async function forgetOldRows(transaction: Queryable, { clock }: KeepContext): Promise<void> {
  await transaction.query({
    text: 'delete from strata.failing_rows where keep_until < $1',
    values: [clock().toISOString()],
  })
}
