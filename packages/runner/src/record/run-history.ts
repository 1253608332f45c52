import type { Counts, Database, NodeId, RunArguments, StepKind, StepStatus, Target } from '@strata/core'
import { stateKey } from '../state/state-key.ts'
import { closeCrashedRuns } from './close-crashed-runs.ts'

export type RecordedStatus = StepStatus | 'running' | 'interrupted'

/** A run as it is kept. Times are ISO 8601. */
export interface RunSummary {
  readonly runId: string
  readonly command: string
  readonly status: 'running' | 'success' | 'failed' | 'cancelled' | 'crashed'
  readonly startedAt: string
  readonly finishedAt: string | null
  readonly milliseconds: number | null
  /** Steps by how they ended. */
  readonly counts: { readonly [status in RecordedStatus]?: number }
  readonly steps: number
  readonly arguments: RunArguments
}

export interface RecordedStep {
  readonly id: NodeId
  readonly kind: StepKind
  readonly name: string
  readonly status: RecordedStatus
  readonly action: string
  readonly message: string
  readonly counts: Counts
  readonly startedAt: string | null
  readonly milliseconds: number
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly because: NodeId | null
  readonly staleBecause: readonly NodeId[]
}

type TargetName = Pick<Target, 'name' | 'prefix'>

/** The last runs of a target, newest first. Runs that were killed are closed before. */
export async function readRuns(
  database: Database,
  target: TargetName,
  limit: number,
): Promise<readonly RunSummary[]> {
  if (!(await hasHistory(database))) return []
  const { rows } = await database.query<RunRow>({
    text: `${selectRuns} where r.target = $1 order by r.started_at desc limit $2`,
    values: [stateKey(target), limit],
  })
  return rows.map(summaryOf)
}

/** The runs whose id begins with a text, newest first. */
export async function readRun(
  database: Database,
  target: TargetName,
  id: string,
): Promise<readonly RunSummary[]> {
  if (!(await hasHistory(database))) return []
  const { rows } = await database.query<RunRow>({
    text: `${selectRuns} where r.target = $1 and starts_with(r.run_id, $2) order by r.started_at desc`,
    values: [stateKey(target), id],
  })
  return rows.map(summaryOf)
}

/** The newest run of a target with its steps; null: there is none. */
export async function readLastRun(
  database: Database,
  target: TargetName,
): Promise<{ readonly run: RunSummary; readonly steps: readonly RecordedStep[] } | null> {
  const [run] = await readRuns(database, target, 1)
  return run === undefined ? null : { run, steps: await readRecordedSteps(database, run.runId) }
}

/** In the order in which they began; those that never did come last. */
export async function readRecordedSteps(database: Database, runId: string): Promise<readonly RecordedStep[]> {
  const { rows } = await database.query<StepRow>({
    text: `select node, kind, name, status, action, message, counts, ${iso('started_at')} as started_at, milliseconds,
  error_code, error_message, because, stale_because
from strata.steps where run_id = $1 order by strata.steps.started_at nulls last, name`,
    values: [runId],
  })
  return rows.map((row) => ({
    id: row.node,
    kind: row.kind,
    name: row.name,
    status: row.status,
    action: row.action,
    message: row.message,
    counts: row.counts,
    startedAt: row.started_at,
    milliseconds: row.milliseconds,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    because: row.because,
    staleBecause: row.stale_because,
  }))
}

/** Whether this database has been used, by this version of Strata or a newer one. */
export async function hasHistory(database: Database): Promise<boolean> {
  const { rows } = await database.query<{ kept: boolean }>(
    `select exists (select from pg_attribute where attrelid = to_regclass('strata.runs') and attname = 'planned') as kept`,
  )
  if (!rows[0]!.kept) return false
  await closeCrashedRuns(database)
  return true
}

function iso(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}

const selectRuns = `select r.run_id, r.command, r.status, ${iso('r.started_at')} as started_at, ${iso('r.finished_at')} as finished_at,
  extract(epoch from r.finished_at - r.started_at)::float8 * 1000 as milliseconds, r.steps, r.arguments,
  coalesce((select pg_catalog.jsonb_object_agg(status, count) from (
    select s.status, count(*) from strata.steps s where s.run_id = r.run_id group by s.status) c), '{}') as counts
from strata.runs r`

interface RunRow {
  readonly run_id: string
  readonly command: string
  readonly status: RunSummary['status']
  readonly started_at: string
  readonly finished_at: string | null
  readonly milliseconds: number | null
  readonly steps: number
  readonly arguments: RunArguments
  readonly counts: RunSummary['counts']
}

interface StepRow {
  readonly node: NodeId
  readonly kind: StepKind
  readonly name: string
  readonly status: RecordedStatus
  readonly action: string
  readonly message: string
  readonly counts: Counts
  readonly started_at: string | null
  readonly milliseconds: number
  readonly error_code: string | null
  readonly error_message: string | null
  readonly because: NodeId | null
  readonly stale_because: readonly NodeId[]
}

function summaryOf(row: RunRow): RunSummary {
  return {
    runId: row.run_id,
    command: row.command,
    status: row.status,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    milliseconds: row.milliseconds,
    counts: row.counts,
    steps: row.steps,
    arguments: row.arguments,
  }
}
