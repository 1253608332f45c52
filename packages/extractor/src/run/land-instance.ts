import type { Connector, Database, Instance, Job, StepContext, StrataError } from '@strata/core'
import type { Slots } from '../slots.ts'
import { type CountedRun, storeRunCounts } from '../status/store-run-counts.ts'
import { beginRun, endRun, type JobRun, readJobRecord } from './job-run.ts'
import type { OpenLetters } from './open-letters.ts'
import type { SweepOutcome } from './sweep-gone.ts'
import { emptyTally, type Tally } from './tally.ts'
import type { SliceCount } from './walk-slices.ts'

export interface LandInstanceOptions {
  readonly database: Database
  /** Page transactions under way at once, over all jobs. */
  readonly landingSlots: Slots
  readonly job: Job
  readonly connector: Connector
  readonly instance: Instance
  readonly context: StepContext
  readonly fullRefresh: boolean
  /** Lands what changed within it, and moves no watermark. ISO 8601, UTC. */
  readonly window: { readonly since: string | null; readonly until: string | null } | null
  readonly ignoreRefreshAfter: boolean
  readonly applicationName: string
  readonly onPage: (tally: Partial<Tally>, total: number | null) => void
  readonly onSlice?: (slices: SliceCount) => void
}

/** How a job ended for one instance. */
export interface InstanceOutcome {
  readonly instance: Instance
  readonly status: 'success' | 'failed' | 'unsupported' | 'switched off' | 'fresh'
  readonly tally: Tally
  readonly slices: {
    readonly landed: number
    readonly gone: number
    readonly failed: number
    /** Not asked for, since what they come from is as it was. */
    readonly unchanged?: number
  }
  /** Whether any walk started beyond a watermark. */
  readonly incremental: boolean
  /** Whether everything was read for want of a filter by change time. */
  readonly unfiltered: boolean
  /** What is gone from the source; null: this run could not tell. */
  readonly sweep: SweepOutcome | null
  /** Dead letters that nothing has come of, of earlier runs too. */
  readonly open: OpenLetters
  readonly error: StrataError | null
  /** What was read, where `incremental` does not say it. */
  readonly way?: 'first load' | 'full load' | 'nothing changed'
  /** What is kept with the counts of the run beside the tally. */
  readonly measured?: { readonly [what: string]: number }
  /** What else is to be told; the step is then one with warnings. */
  readonly notes?: readonly string[]
}

/**
 * Lands one job of one instance, whose lock is held: opens a run, reads what there is, closes the run. What the source
 * does wrong is in the outcome; database errors, bugs and cancellation are thrown, after the run has been closed.
 */
export async function landInstance(
  options: LandInstanceOptions,
  read: (run: JobRun) => Promise<InstanceOutcome>,
): Promise<InstanceOutcome> {
  const { database, job, instance, context } = options
  const { landingSchema } = context.target
  const record = await readJobRecord(database, landingSchema, job, instance.id)
  if (!record.active) return untouched(instance, 'switched off')
  if (!options.ignoreRefreshAfter && isFresh(job, record.secondsSinceSuccess))
    return untouched(instance, 'fresh')

  const run = await beginRun(database, landingSchema, record.jobId, instance.id, options.window)
  try {
    const outcome = await read(run)
    const status =
      outcome.status === 'success' || outcome.status === 'unsupported' ? outcome.status : 'failed'
    await storeRunCounts(database, {
      landingSchema,
      runId: run.runId,
      job,
      instanceId: instance.id,
      kind: kindOf(options, outcome),
      counts: {
        ...outcome.tally,
        ...outcome.measured,
        ...(outcome.sweep?.refused && { refused: outcome.sweep.missing }),
      },
    })
    await endRun(database, landingSchema, run, { status, message: describeEnd(outcome) })
    return outcome
  } catch (error) {
    const message = context.signal.aborted
      ? 'cancelled'
      : error instanceof Error
        ? error.message
        : String(error)
    await endRun(database, landingSchema, run, { status: 'failed', message }).catch(() => {
      // The first error tells more; the next run closes what stays open.
    })
    throw error
  }
}

function kindOf(
  { fullRefresh, window }: LandInstanceOptions,
  { incremental }: InstanceOutcome,
): CountedRun['kind'] {
  if (window !== null) return 'backfill'
  return incremental && !fullRefresh ? 'increment' : 'full'
}

function isFresh({ refreshAfterSeconds }: Job, secondsSinceSuccess: number | null): boolean {
  return (
    refreshAfterSeconds !== null && secondsSinceSuccess !== null && secondsSinceSuccess < refreshAfterSeconds
  )
}

const noLetters: OpenLetters = { unreadable: 0, refused: 0 }

/** For an instance whose work was thrown off by an error that is not the source's. */
export function failedOutcome(instance: Instance, error: StrataError): InstanceOutcome {
  return {
    ...untouched(instance, 'fresh'),
    status: 'failed',
    slices: { landed: 0, gone: 0, failed: 1 },
    error,
  }
}

function untouched(instance: Instance, status: 'switched off' | 'fresh'): InstanceOutcome {
  return {
    instance,
    status,
    tally: emptyTally,
    slices: { landed: 0, gone: 0, failed: 0 },
    incremental: false,
    unfiltered: false,
    sweep: null,
    open: noLetters,
    error: null,
  }
}

function describeEnd({ status, error, slices }: InstanceOutcome): string | null {
  if (error === null || status === 'success') return null
  const { failed, landed, gone } = slices
  const several = failed + landed + gone > 1 && status === 'failed'
  return several
    ? `${failed} of ${failed + landed + gone} slices failed, the first: ${error.message}`
    : error.message
}
