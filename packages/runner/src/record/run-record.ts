import {
  type Database,
  leavingTheDisk,
  type Plan,
  type RunResult,
  type Step,
  type StepResult,
  StrataError,
} from '@strata/core'
import { stateKey } from '../state/state-key.ts'
import { type RunLife, startLife } from './run-life.ts'
import { type StepRow, startedRow, upsertSteps } from './step-rows.ts'

/** What is kept of a run in the database. */
export interface RunRecord {
  /** As `add`: what a killed run was at is seen afterwards. */
  start(step: Step, at: string): void
  /** Never throws: the record is written behind the run, many results in one statement when they come fast. */
  add(result: StepResult): void
  /** Waits for all of it. Throws `RUN_NOT_RECORDED` when a part could not be written. */
  finish(result: RunResult): Promise<void>
}

/** Starts that are over this soon are never written, only their results. */
const delayMs = 50

/** Throws `DatabaseError` when the run's own row cannot be written. */
export async function openRunRecord(
  database: Database,
  plan: Plan,
  runId: string,
  startedAt: string,
): Promise<RunRecord> {
  await database.query({
    text: `insert into strata.runs (run_id, target, command, status, steps, started_at, heartbeat_at, arguments, planned)
select $1, $2, $3, 'running', $4, $5, clock_timestamp(), $6, $7 where ${leavingTheDisk} is not null`,
    values: [
      runId,
      stateKey(plan.target),
      plan.command,
      plan.steps.length,
      startedAt,
      JSON.stringify(plan.arguments ?? {}).replaceAll('\\u0000', ''),
      JSON.stringify(plan.steps.map(({ id, kind, name }) => [id, kind, name])),
    ],
  })
  const life: RunLife = startLife(database, runId)
  const pending = new Map<string, StepRow>()
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> | null = null
  let failure: unknown = null

  function put(row: StepRow): void {
    pending.set(row.node, row)
    if (writing === null) writeSoon()
  }

  /** Never at once: what comes in the meantime costs no statement of its own. */
  function writeSoon(): void {
    timer ??= setTimeout(() => {
      timer = null
      writing = write().then(() => {
        writing = null
        if (pending.size > 0 && failure === null) writeSoon()
      })
    }, delayMs)
  }

  async function write(): Promise<void> {
    if (pending.size === 0 || failure !== null) return
    const batch = [...pending.values()]
    pending.clear()
    try {
      await upsertSteps(database, runId, batch)
    } catch (error) {
      failure = error
    }
  }

  return {
    start: (step, at) => put(startedRow(step, at)),
    add: (result) => put(resultRow(result)),
    async finish(result) {
      if (timer !== null) clearTimeout(timer)
      await writing
      if (timer !== null) clearTimeout(timer)
      await write()
      life.end()
      try {
        // The one commit that waits for the disk, with all that were before it: see `leavingTheDisk`.
        await database.query({
          text: 'update strata.runs set status = $2, finished_at = $3, heartbeat_at = clock_timestamp() where run_id = $1',
          values: [runId, result.status, result.finishedAt],
        })
      } catch (error) {
        failure ??= error
      }
      if (failure !== null) throw notRecorded(failure)
    },
  }
}

function resultRow(result: StepResult): StepRow {
  return {
    node: result.id,
    kind: result.kind,
    name: result.name,
    status: result.status,
    action: result.action,
    message: result.message,
    counts: result.counts,
    started_at: result.startedAt,
    finished_at: result.finishedAt,
    milliseconds: result.milliseconds,
    error_code: result.failure?.code ?? null,
    error_message: result.failure?.message ?? null,
    because: result.because,
    stale_because: result.staleBecause,
  }
}

function notRecorded(cause: unknown): StrataError {
  return new StrataError({
    code: 'RUN_NOT_RECORDED',
    message: `the steps have ended, but the record of the run could not be written: ${(cause as Error).message}`,
    hint: 'What the steps published is in place. See whether the database can be reached and written to, then run again.',
    cause,
  })
}
