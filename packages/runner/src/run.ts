import { randomUUID } from 'node:crypto'
import {
  type Clock,
  type Database,
  deepFreeze,
  type Emit,
  type Executors,
  type Plan,
  type RunResult,
  type Step,
  type StepContext,
  type StepExecutor,
  type StepResult,
} from '@strata/core'
import { openRunRecord } from './run-record.ts'
import { schedule } from './schedule.ts'

export interface RunOptions {
  /** Where the run is recorded; it has the schema of `runnerMigrations`. */
  readonly database: Database
  readonly executors: Executors
  readonly clock: Clock
  readonly emit: Emit
  /** Cancels the run: what runs is cancelled on the server, what has not started never does. */
  readonly signal: AbortSignal
  /** Steps under way at once. */
  readonly threads: number
  readonly failFast?: boolean
  /** Default: a random UUID. */
  readonly runId?: string
}

/**
 * Carries out a plan. A failed step never makes it throw: each step of the plan ends in exactly one result. Throws
 * `DatabaseError` when the run cannot be recorded at its start, and `RUN_NOT_RECORDED` when the record is incomplete
 * at its end, after `run_finished`.
 */
export async function run(plan: Plan, options: RunOptions): Promise<RunResult> {
  const runId = options.runId ?? randomUUID()
  const perform = performer(plan, options, runId)
  const startedAt = options.clock().toISOString()
  const { command } = plan
  const target = plan.target.name
  const record = await openRunRecord(options.database, plan, runId, startedAt)
  options.emit({ kind: 'run_started', runId, command, target, steps: plan.steps.length, at: startedAt })

  const results = await schedule(plan.steps, {
    threads: options.threads,
    failFast: options.failFast ?? false,
    signal: options.signal,
    clock: options.clock,
    emit(event) {
      if (event.kind === 'step_finished') record.add(event.result)
      options.emit(event)
    },
    perform,
  })

  const finishedAt = options.clock().toISOString()
  const status = overallStatus(results, options.signal)
  const result: RunResult = deepFreeze({ runId, command, target, startedAt, finishedAt, status, results })
  options.emit({ kind: 'run_finished', result })
  await record.finish(result)
  return result
}

function performer(plan: Plan, options: RunOptions, runId: string) {
  const missing = plan.steps.find((step) => options.executors[step.kind] === undefined)
  if (missing !== undefined) throw new Error(`there is no executor for steps of kind ${missing.kind}`)
  return async (step: Step, signal: AbortSignal) => {
    // The facts decide about a model; about anything else the plan has the last word.
    if (step.intent === 'skip' && step.kind !== 'model') {
      return { status: 'success', action: 'skip', message: step.reason, counts: {} } as const
    }
    const context: StepContext = {
      runId,
      target: plan.target,
      emit: options.emit,
      signal,
      clock: options.clock,
    }
    const execute = options.executors[step.kind] as StepExecutor
    return execute(step, context)
  }
}

function overallStatus(results: readonly StepResult[], signal: AbortSignal): RunResult['status'] {
  const some = (status: StepResult['status']) => results.some((result) => result.status === status)
  if (signal.aborted && some('cancelled')) return 'cancelled'
  return some('failed') || some('skipped') ? 'failed' : 'success'
}
