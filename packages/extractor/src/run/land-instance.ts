import type { Connector, Database, Instance, Job, StepContext, StrataError } from '@strata/core'
import { SourceError } from '@strata/core'
import type { InstanceClient } from '../http/instance-client.ts'
import type { EndpointFacts } from '../probe/endpoint-facts.ts'
import type { Slots } from '../slots.ts'
import { type CountedRun, storeRunCounts } from '../status/store-run-counts.ts'
import { openKnowledge } from './endpoint-knowledge.ts'
import { beginRun, endRun, readJobRecord } from './job-run.ts'
import { countOpenLetters, type OpenLetters, resolveLanded, retryUnreadable } from './open-letters.ts'
import { hasLanded, hasRows } from './slice-state.ts'
import type { SweepOutcome } from './sweep-gone.ts'
import { addTallies, emptyTally, type Tally } from './tally.ts'
import { type SliceCount, walkSlices } from './walk-slices.ts'

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
  readonly slices: { readonly landed: number; readonly gone: number; readonly failed: number }
  /** Whether any walk started beyond a watermark. */
  readonly incremental: boolean
  /** Whether everything was read for want of a filter by change time. */
  readonly unfiltered: boolean
  /** What is gone from the source; null: this run could not tell. */
  readonly sweep: SweepOutcome | null
  /** Dead letters that nothing has come of, of earlier runs too. */
  readonly open: OpenLetters
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

  const run = await beginRun(database, landingSchema, record.jobId, instance.id, options.window)
  try {
    const knowledge = await openKnowledge({ ...options, landingSchema })
    const { clock } = context
    const walked = await walkSlices(
      {
        ...options,
        job: withKnownCursor(job, knowledge.facts()),
        knowledge,
        clock,
        remembersSeen: await hasRows(database, job, instance.id),
      },
      run,
    )
    const letters = { ...options, landingSchema, signal: context.signal }
    const retried = walked.status === 'unsupported' ? emptyTally : await retryUnreadable(letters, run)
    await resolveLanded(letters)
    const open = await countOpenLetters(letters)
    const tally = addTallies(walked.tally, retried)
    const outcome = await judged(options, { ...walked, tally, open })
    const status =
      outcome.status === 'success' || outcome.status === 'unsupported' ? outcome.status : 'failed'
    await storeRunCounts(database, {
      landingSchema,
      runId: run.runId,
      job,
      instanceId: instance.id,
      kind: kindOf(options, outcome),
      counts: { ...outcome.tally, ...(outcome.sweep?.refused && { refused: outcome.sweep.missing }) },
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

/** The change column that was found where the declared one is not there. */
function withKnownCursor(job: Job, { cursorField }: EndpointFacts): Job {
  return job.cursor === null || !cursorField ? job : { ...job, cursor: { ...job.cursor, field: cursorField } }
}

/** What is missing makes a run fail, also where each walk came to its end. */
async function judged(options: LandInstanceOptions, outcome: InstanceOutcome): Promise<InstanceOutcome> {
  const { database, job, instance, context } = options
  const { unreadable } = outcome.open
  if (outcome.status === 'success' && unreadable > 0)
    return { ...outcome, status: 'failed', error: unreadableRecords(job, instance, unreadable) }
  if (outcome.status !== 'unsupported' || outcome.error === null) return outcome
  const landedBefore = await hasLanded(database, context.target.landingSchema, job, instance.id)
  return landedBefore ? { ...outcome, status: 'failed', error: vanished(job, outcome.error) } : outcome
}

function unreadableRecords({ source, table }: Job, instance: Instance, records: number): SourceError {
  return new SourceError({
    code: 'SOURCE_UNREADABLE_RECORDS',
    message: `${source}.${table} instance ${instance.name}: ${records} ${records === 1 ? 'record' : 'records'} cannot be read; all others have landed`,
    hint: `how to ask for them is kept in strata.dead_letters: \`models source replay ${source}.${table}\` tries again`,
  })
}

/** A wrong address is a fault, not an edition of the API, where there were records before. */
function vanished(job: Job, cause: StrataError): SourceError {
  return new SourceError({
    code: 'SOURCE_VANISHED',
    message: `${cause.message}, though it has landed records before`,
    hint: `check the base URL; where the endpoint was really taken away, declare ${job.source}.${job.table} inactive (active: false, with a reason)`,
    cause,
  })
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
