import type { Connector, Database, Instance, Job, StepContext } from '@strata/core'
import { StrataError } from '@strata/core'
import type { InstanceClient } from '../http/instance-client.ts'
import { isUnsupported, stopsInstance } from '../http/source-failure.ts'
import type { SliceParameters } from '../job-identity.ts'
import type { JobLocks } from './job-lock.ts'
import { beginRun, endRun, type JobRun, readJobRecord } from './job-run.ts'
import { readSlices, type Slice } from './read-slices.ts'
import { storeFailure } from './slice-state.ts'
import { addTallies, emptyTally, type Tally } from './tally.ts'
import { walkSlice } from './walk-slice.ts'

export interface LandInstanceOptions {
  readonly database: Database
  readonly client: InstanceClient
  readonly locks: JobLocks
  readonly job: Job
  readonly connector: Connector
  readonly instance: Instance
  readonly context: StepContext
  readonly fullRefresh: boolean
  readonly ignoreRefreshAfter: boolean
  readonly applicationName: string
  readonly onWait: (holder: string) => void
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
 * Lands one job of one instance: waits for its lock, opens a run, walks all slices, closes the run. What the source
 * does wrong is in the outcome; database errors, bugs and cancellation are thrown, after the run has been closed.
 */
export async function landInstance(options: LandInstanceOptions): Promise<InstanceOutcome> {
  const { database, job, instance, context, locks } = options
  const { landingSchema } = context.target
  await locks.take({
    name: `${landingSchema} ${job.source}.${job.table} instance ${instance.id}`,
    signal: context.signal,
    onWait: options.onWait,
  })
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

/** Slices failing one after the other, without one that lands in between, until the instance is left alone. */
const maxFailuresInARow = 5

async function walkSlices(options: LandInstanceOptions, run: JobRun): Promise<InstanceOutcome> {
  const { database, job, instance, context } = options
  const { landingSchema } = context.target
  const slices = readSlices({ ...options, landingSchema, instanceId: instance.id })
  let tally = emptyTally
  let incremental = false
  let [landed, gone, failed, failuresInARow] = [0, 0, 0, 0]
  let firstError: StrataError | null = null
  let notFound: StrataError | null = null
  let stopped = false

  async function walkOne(slice: Slice): Promise<void> {
    const place = placeOf(options, run, slice.parameters)
    incremental ||= slice.changedSince !== null
    try {
      await walkSlice({
        ...options,
        place,
        changedSince: slice.changedSince,
        signal: context.signal,
        onPage: (page, total) => {
          tally = addTallies(tally, page)
          options.onPage(page, total)
        },
      })
      landed += 1
      failuresInARow = 0
    } catch (error) {
      if (context.signal.aborted || !(error instanceof StrataError)) throw error
      if (isUnsupported(error)) {
        notFound ??= error
        gone += 1
        // 501 speaks of the endpoint, whatever the slice.
        stopped ||= error.status === 501
        const sliced = job.slices.length > 0 && error.status === 404
        await storeFailure(database, place, sliced ? 'gone' : 'unsupported', error.message)
        return
      }
      firstError ??= error
      failed += 1
      failuresInARow += 1
      stopped ||= stopsInstance(error) || failuresInARow >= maxFailuresInARow
      await storeFailure(database, place, 'failed', `${error.code}: ${error.message}`)
    }
  }

  async function work(): Promise<void> {
    while (!stopped) {
      const next = await slices.next()
      if (next.done) return
      await walkOne(next.value).catch((error: unknown) => {
        stopped = true
        throw error
      })
    }
  }

  const workers = job.slices.length === 0 ? 1 : Math.max(1, options.connector.concurrency)
  const ends = await Promise.allSettled(Array.from({ length: workers }, work))
  const bug = ends.find((end) => end.status === 'rejected')
  if (bug !== undefined) throw bug.reason
  const unsupported = notFound !== null && landed === 0 && failed === 0
  return {
    instance,
    status: failed > 0 ? 'failed' : unsupported ? 'unsupported' : 'success',
    tally,
    slices: { landed, gone, failed },
    incremental,
    error: firstError ?? (unsupported ? notFound : null),
  }
}

function placeOf({ job, context, instance }: LandInstanceOptions, run: JobRun, parameters: SliceParameters) {
  return {
    job,
    landingSchema: context.target.landingSchema,
    instanceId: instance.id,
    parameters,
    jobId: run.jobId,
    runId: run.runId,
  }
}

function isFresh({ refreshAfterSeconds }: Job, secondsSinceSuccess: number | null): boolean {
  return (
    refreshAfterSeconds !== null && secondsSinceSuccess !== null && secondsSinceSuccess < refreshAfterSeconds
  )
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
