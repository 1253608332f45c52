import type { Connector, Database, Instance, Job, StepContext, StrataError } from '@strata/core'
import type { InstanceClient } from '../http/instance-client.ts'
import type { Slots } from '../slots.ts'
import { beginRun, endRun, readJobRecord } from './job-run.ts'
import { emptyTally, type Tally } from './tally.ts'
import { walkSlices } from './walk-slices.ts'

export interface LandInstanceOptions {
  readonly database: Database
  readonly client: InstanceClient
  /** Page transactions under way at once, over all jobs. */
  readonly landingSlots: Slots
  readonly job: Job
  readonly connector: Connector
  readonly instance: Instance
  readonly context: StepContext
  readonly fullRefresh: boolean
  readonly ignoreRefreshAfter: boolean
  readonly applicationName: string
  readonly onPage: (tally: Tally, total: number | null) => void
}

/** How a job ended for one instance. */
export interface InstanceOutcome {
  readonly instance: Instance
  readonly status: 'success' | 'failed' | 'unsupported' | 'switched off' | 'fresh'
  readonly tally: Tally
  readonly slices: { readonly landed: number; readonly gone: number; readonly failed: number }
  /** Whether any walk started beyond a watermark. */
  readonly incremental: boolean
  readonly error: StrataError | null
}

/**
 * Lands one job of one instance, whose lock is held: opens a run, walks all slices, closes the run. What the source
 * does wrong is in the outcome; database errors, bugs and cancellation are thrown, after the run has been closed.
 */
export async function landInstance(options: LandInstanceOptions): Promise<InstanceOutcome> {
  const { database, job, instance, context } = options
  const { landingSchema } = context.target
  const record = await readJobRecord(database, landingSchema, job, instance.id)
  if (!record.active) return untouched(instance, 'switched off')
  if (!options.ignoreRefreshAfter && isFresh(job, record.secondsSinceSuccess))
    return untouched(instance, 'fresh')

  const run = await beginRun(database, landingSchema, record.jobId, instance.id)
  try {
    const outcome = await walkSlices(options, run)
    const status =
      outcome.status === 'success' || outcome.status === 'unsupported' ? outcome.status : 'failed'
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

function isFresh({ refreshAfterSeconds }: Job, secondsSinceSuccess: number | null): boolean {
  return (
    refreshAfterSeconds !== null && secondsSinceSuccess !== null && secondsSinceSuccess < refreshAfterSeconds
  )
}

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
