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
  type StepOutcome,
  type StepResult,
} from '@strata/core'
import type { ForeseeingExecutor } from './publish/relation-executor.ts'
import { type CrashedRun, closeCrashedRuns } from './record/close-crashed-runs.ts'
import { openRunRecord } from './record/run-record.ts'
import { wasPublished } from './record/was-published.ts'
import { readPastDurations } from './schedule/past-durations.ts'
import { schedule } from './schedule/schedule.ts'
import { tryAgain } from './schedule/try-again.ts'

export interface RunOptions {
  /** Where the run is recorded; it has the schema of `runnerMigrations`. */
  readonly database: Database
  readonly executors: Executors
  readonly clock: Clock
  readonly emit: Emit
  /** Cancels the run: what runs is cancelled on the server, what has not started never does. */
  readonly signal: AbortSignal
  /** Steps under way at once; jobs have a width of their own. */
  readonly threads: number
  /** Jobs under way at once, beside the `threads`. Default: `threads`. */
  readonly parallelJobs?: number
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
  const stepOf = new Map(plan.steps.map((step) => [step.id, step]))
  const [crashed, durations] = await Promise.all([
    closeCrashedRuns(options.database),
    readPastDurations(options.database, plan),
  ])
  for (const one of crashed) options.emit({ kind: 'notice', message: describeCrash(one) })
  for (const executor of Object.values(options.executors))
    if (foresees(executor)) executor.expect(plan.steps, ({ kind }) => options.executors[kind] === executor)
  const record = await openRunRecord(options.database, plan, runId, startedAt)
  options.emit({ kind: 'run_started', runId, command, target, steps: plan.steps.length, at: startedAt })

  const results = await schedule(plan.steps, {
    threads: options.threads,
    ...(options.parallelJobs === undefined ? {} : { parallelJobs: options.parallelJobs }),
    failFast: options.failFast ?? false,
    signal: options.signal,
    clock: options.clock,
    durations,
    emit(event) {
      if (event.kind === 'step_started') record.start(stepOf.get(event.id)!, event.at)
      else if (event.kind === 'step_finished') record.add(event.result)
      options.emit(event)
    },
    perform,
  })

  const finishedAt = options.clock().toISOString()
  const status = overallStatus(results, options.signal)
  const result: RunResult = deepFreeze({
    runId,
    command,
    target,
    startedAt,
    finishedAt,
    status,
    results,
    ...(plan.arguments === undefined ? {} : { arguments: plan.arguments }),
  })
  options.emit({ kind: 'run_finished', result })
  await record.finish(result)
  return result
}

function performer(plan: Plan, options: RunOptions, runId: string) {
  const missing = plan.steps.find((step) => options.executors[step.kind] === undefined)
  if (missing !== undefined) throw new Error(`there is no executor for steps of kind ${missing.kind}`)
  return async (step: Step, signal: AbortSignal, companions: readonly Step[]) => {
    // The facts decide about a relation; about anything else the plan has the last word.
    if (step.intent === 'skip' && !('relation' in step)) {
      return { status: 'success', action: 'skip', message: step.reason, counts: {} } as const
    }
    const context: StepContext = {
      runId,
      target: plan.target,
      emit: options.emit,
      signal,
      clock: options.clock,
      ...(companions.length === 0 ? {} : { companions }),
    }
    const execute = options.executors[step.kind] as StepExecutor
    const outcome = await tryAgain(() => execute(step, context), {
      signal,
      wasDone: () => wasPublished(options.database, plan.target, step, runId),
      onRetry: ({ message }) =>
        options.emit({
          kind: 'step_retried',
          id: step.id,
          name: step.name,
          message: `begins again: ${message}`,
        }),
    })
    return outcome ?? publishedUnheard(step, companions, options.clock())
  }
}

function foresees(executor: object): executor is ForeseeingExecutor<Step> {
  return 'expect' in executor
}

/** The counts were lost with the connection. What gates a publication that is there has let it through. */
function publishedUnheard(step: Step, companions: readonly Step[], at: Date): StepOutcome {
  const action = step.intent === 'skip' ? 'none' : step.intent
  const passed = {
    status: 'success',
    action: 'test',
    message: 'passed; the connection was lost at the end',
    counts: {},
    startedAt: at,
    finishedAt: at,
  } as const
  return {
    status: 'success',
    action,
    message: 'published; the connection was lost at the end',
    counts: {},
    companions: Object.fromEntries(companions.map(({ id }) => [id, passed])),
  }
}

function describeCrash({ runId, command, startedAt, interrupted }: CrashedRun): string {
  const steps = interrupted === 1 ? '1 step was' : `${interrupted} steps were`
  return `The ${command} ${runId.slice(0, 8)} of ${startedAt.slice(0, 16)} was killed; ${steps} interrupted.`
}

function overallStatus(results: readonly StepResult[], signal: AbortSignal): RunResult['status'] {
  const some = (status: StepResult['status']) => results.some((result) => result.status === status)
  if (signal.aborted && some('cancelled')) return 'cancelled'
  return some('failed') || some('skipped') ? 'failed' : 'success'
}
