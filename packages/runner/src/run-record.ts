import { type Database, type Plan, type RunResult, type StepResult, StrataError } from '@strata/core'
import { stateKey } from './state-key.ts'

/** What is kept of a run in the database. */
export interface RunRecord {
  /** Never throws: the record is written behind the run, many results in one statement when they come fast. */
  add(result: StepResult): void
  /** Waits for all of it. Throws `RUN_NOT_RECORDED` when a part could not be written. */
  finish(result: RunResult): Promise<void>
}

/** Throws `DatabaseError` when the run's own row cannot be written. */
export async function openRunRecord(
  database: Database,
  plan: Plan,
  runId: string,
  startedAt: string,
): Promise<RunRecord> {
  await database.query({
    text: `insert into strata.runs (run_id, target, command, status, steps, started_at) values ($1, $2, $3, 'running', $4, $5)`,
    values: [runId, stateKey(plan.target), plan.command, plan.steps.length, startedAt],
  })
  let pending: StepResult[] = []
  let writing: Promise<void> | null = null
  let failure: unknown = null

  async function write(): Promise<void> {
    while (pending.length > 0 && failure === null) {
      const batch = pending
      pending = []
      try {
        await insertSteps(database, runId, batch)
      } catch (error) {
        failure = error
      }
    }
    writing = null
  }

  return {
    add(result) {
      pending.push(result)
      writing ??= write()
    },
    async finish(result) {
      await writing
      try {
        await database.query({
          text: 'update strata.runs set status = $2, finished_at = $3 where run_id = $1',
          values: [runId, result.status, result.finishedAt],
        })
      } catch (error) {
        failure ??= error
      }
      if (failure !== null) throw notRecorded(failure)
    },
  }
}

async function insertSteps(database: Database, runId: string, results: readonly StepResult[]): Promise<void> {
  const rows = results.map((result) => ({
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
  }))
  await database.query({
    text: `insert into strata.steps (run_id, node, kind, name, status, action, message, counts, started_at, finished_at,
  milliseconds, error_code, error_message, because, stale_because)
select $1, s.* from jsonb_to_recordset($2::jsonb) as s (node text, kind text, name text, status text, action text,
  message text, counts jsonb, started_at timestamptz, finished_at timestamptz, milliseconds double precision,
  error_code text, error_message text, because text, stale_because text[])`,
    values: [runId, JSON.stringify(rows).replaceAll('\\u0000', '')],
  })
}

function notRecorded(cause: unknown): StrataError {
  return new StrataError({
    code: 'RUN_NOT_RECORDED',
    message: `the steps have ended, but the record of the run could not be written: ${(cause as Error).message}`,
    hint: 'What the steps published is in place. See whether the database can be reached and written to, then run again.',
    cause,
  })
}
