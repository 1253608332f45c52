import { setMaxListeners } from 'node:events'
import type {
  ApiConnector,
  Clock,
  Connector,
  Database,
  Instance,
  JobStep,
  StepContext,
  StepExecutor,
  StepOutcome,
} from '@strata/core'
import { ConfigurationError, isApi, StrataError } from '@strata/core'
import { createInstanceClient, type InstanceClient, type RetryPolicy } from './http/instance-client.ts'
import { jobIdentity, slicesOf } from './job-identity.ts'
import { createCycleProgress } from './run/cycle-progress.ts'
import { jobLockName, type LockRequest, withJobLocks } from './run/job-lock.ts'
import type { JobRun } from './run/job-run.ts'
import { landEndpoint } from './run/land-endpoint.ts'
import {
  failedOutcome,
  type InstanceOutcome,
  type LandInstanceOptions,
  landInstance,
} from './run/land-instance.ts'
import { summarize, type Way } from './run/summarize.ts'
import { addTallies, emptyTally, type Tally } from './run/tally.ts'
import { createSlots } from './slots.ts'
import { landTable } from './table/land-table.ts'
import type { TableSource } from './table/table-source.ts'

export interface JobExecutorOptions {
  /**
   * Each running step holds one connection for its locks and pages land on others, so its pool should have room for the
   * steps that run at once, `landingConnections`, and one more.
   */
  readonly database: Database
  /** The resolved instances of a source, as given to `ensureLanding`. */
  readonly instancesOf: (source: string) => readonly Instance[]
  /** What reads an instance of a database or of files; whoever opens them closes them. */
  readonly tableSourceOf?: (connector: Connector, instance: Instance) => TableSource
  /** Lands these instances alone. */
  readonly only?: { readonly instanceIds?: readonly number[] }
  /** Reads everything again, whatever the watermarks say. */
  readonly fullRefresh?: boolean
  /** Lands what changed from `since` on and before `until`, and moves no watermark. ISO 8601, UTC; null: open. */
  readonly window?: { readonly since: string | null; readonly until: string | null }
  /** Lands also what is younger than the job's `refresh_after`. */
  readonly ignoreRefreshAfter?: boolean
  readonly retryPolicy?: RetryPolicy
  /** Page transactions at once, over all jobs of this executor. Default 4. */
  readonly landingConnections?: number
}

/**
 * What lands a job in the runner: all its instances at once, each within its own request budget, which all jobs of this
 * executor share. `ensureLanding` must have been called.
 *
 * Fails with the error of the source when nothing could be landed (`failed`, where each instance has an error of its own); when some instance or slice has landed all of its
 * records and another has not, the outcome is `failed` and `partial`.
 */
export function createJobExecutor(options: JobExecutorOptions): StepExecutor<JobStep> {
  const clients = new Map<number, InstanceClient>()
  const landingSlots = createSlots(options.landingConnections ?? 4)

  function clientOf(connector: ApiConnector, instance: Instance, clock: Clock): InstanceClient {
    const known = clients.get(instance.id)
    if (known !== undefined) return known
    const client = createInstanceClient({ connector, instance }, clock, options.retryPolicy)
    clients.set(instance.id, client)
    return client
  }

  /** What reads a job of an instance, by the kind of its source. */
  function readerOf(landing: LandInstanceOptions): (run: JobRun) => Promise<InstanceOutcome> {
    const { job, connector, instance, context } = landing
    if (job.kind === 'endpoint' && isApi(connector)) {
      const client = clientOf(connector, instance, context.clock).forJob(jobIdentity(job))
      return (run) => landEndpoint({ ...landing, job, connector, client }, run)
    }
    if (job.kind === 'endpoint' || options.tableSourceOf === undefined)
      throw new Error(`nothing reads ${jobIdentity(job)} from a source of the kind ${connector.kind}`)
    const source = options.tableSourceOf(connector, instance)
    return (run) => landTable({ ...landing, job, source }, run)
  }

  /** What waits for its turn at a database does not run yet. */
  function admitted<T>(
    { job, connector, instance }: LandInstanceOptions,
    work: () => Promise<T>,
  ): Promise<T> {
    const source = job.kind === 'endpoint' ? undefined : options.tableSourceOf?.(connector, instance)
    return source === undefined ? work() : source.admit(work)
  }

  return async (step, context) => {
    const instances = chosenInstances(step, options)
    const applicationName = `strata run=${context.runId.slice(0, 8)} job=${jobIdentity(step.job)}`.slice(
      0,
      63,
    )
    const progress = progressReporter(step, context, instances)
    // Each slice that is walked at the moment listens to it.
    setMaxListeners(0, context.signal)
    const landOne = (instance: Instance): Promise<InstanceOutcome> => {
      const landing: LandInstanceOptions = {
        database: options.database,
        landingSlots,
        job: step.job,
        connector: step.connector,
        instance,
        context,
        fullRefresh: options.fullRefresh ?? false,
        window: options.window ?? null,
        ignoreRefreshAfter:
          (options.ignoreRefreshAfter ?? options.fullRefresh ?? false) || options.window !== undefined,
        applicationName,
        onPage: progress.onPageOf(instance),
        onSlice: progress.onSliceOf(instance),
      }
      return admitted(landing, () => landInstance(landing, readerOf(landing)))
    }
    const outcomes = await withJobLocks(
      options.database,
      applicationName,
      lockRequests(step, context, instances),
      async () => {
        const ends = await Promise.allSettled(instances.map(landOne))
        return ends.map((end, index) => {
          if (end.status === 'fulfilled') return end.value
          if (context.signal.aborted || !(end.reason instanceof StrataError)) throw end.reason
          return failedOutcome(instances[index]!, end.reason)
        })
      },
    )
    return outcomeOf(step, outcomes, {
      fullRefresh: options.fullRefresh ?? false,
      window: options.window ?? null,
    })
  }
}

/** One lock an instance, in the order of their ids, the same in every process. */
function lockRequests(
  step: JobStep,
  context: StepContext,
  instances: readonly Instance[],
): readonly LockRequest[] {
  const { landingSchema } = context.target
  return [...instances]
    .sort((a, b) => a.id - b.id)
    .map((instance) => ({
      name: jobLockName(landingSchema, step.job, instance.id),
      signal: context.signal,
      onWait: (holder) =>
        context.emit({
          kind: 'step_waiting',
          id: step.id,
          name: step.name,
          message: `instance ${instance.name} is being landed by ${holder}`,
        }),
    }))
}

function chosenInstances({ job }: JobStep, { instancesOf, only }: JobExecutorOptions): readonly Instance[] {
  const all = instancesOf(job.source)
  const chosen = all.filter(({ id }) => only?.instanceIds?.includes(id) ?? true)
  if (chosen.length > 0) return chosen
  throw new ConfigurationError({
    code: 'NO_INSTANCE',
    message: `${job.source} has no instance${all.length > 0 ? ' of those that were asked for' : ''}`,
    hint:
      all.length > 0
        ? `it has ${all.map(({ id, name }) => `${id} (${name})`).join(', ')}`
        : 'declare one under instances: in its connector block',
  })
}

function progressReporter(step: JobStep, context: StepContext, instances: readonly Instance[]) {
  let tally = emptyTally
  const totals = new Map<number, number>()
  const slices = createCycleProgress(context.clock, tell)

  function tell(): void {
    // Only known when one walk an instance brings all, and all of them have said how much.
    const known = slicesOf(step.job).length === 0 && totals.size === instances.length
    const expected = [...totals.values()].reduce((sum, count) => sum + count, 0)
    context.emit({
      kind: 'step_progress',
      id: step.id,
      counts: { ...tally },
      ...(known && { expected }),
      ...(slices.current !== null && { slices: slices.current }),
    })
  }

  return {
    onPageOf:
      (instance: Instance) =>
      (page: Partial<Tally>, total: number | null): void => {
        tally = addTallies(tally, page)
        if (total !== null) totals.set(instance.id, total)
        tell()
      },
    onSliceOf: (instance: Instance) => slices.of(instance.id),
  }
}

/** Throws the error of the source when nothing has landed. Where instances have failed of different things, all of them are told. */
function outcomeOf(step: JobStep, outcomes: readonly InstanceOutcome[], asked: Way): StepOutcome {
  const failures = outcomes.filter(({ status }) => status === 'failed')
  // What was not asked for has landed before, and is as it was.
  const someLanded = outcomes.some(
    ({ status, slices }) => status !== 'failed' || slices.landed + (slices.unchanged ?? 0) > 0,
  )
  const firstError = failures[0]?.error
  const alike = failures.every(({ error }) => error?.message === firstError?.message)
  if (firstError && !someLanded && alike) throw firstError
  const counts = { ...outcomes.map(({ tally }) => tally).reduce(addTallies, emptyTally) }
  const message = summarize(step.job, outcomes, asked)
  if (failures.length > 0) return { status: 'failed', action: 'land', message, counts, partial: someLanded }
  const skipped = outcomes.every(({ status }) => status === 'fresh' || status === 'switched off')
  const warned =
    counts.quarantined > 0 ||
    outcomes.some(({ notes = [] }) => notes.length > 0) ||
    outcomes.some(({ open }) => open.refused > 0) ||
    outcomes.some(({ status, sweep }) => status === 'unsupported' || sweep?.refused === true)
  return { status: warned ? 'warned' : 'success', action: skipped ? 'skip' : 'land', message, counts }
}
