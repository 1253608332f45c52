import { type Clock, formatCount, SourceError, type StrataError } from '@strata/core'
import { isUnsupported, stopsInstance } from '../http/source-failure.ts'
import { jobIdentity } from '../job-identity.ts'
import type { PagesPlace } from '../landing/landing-statement.ts'
import { createSlots } from '../slots.ts'
import { openSliceQueue, type SliceQueue } from './cycle-queue.ts'
import type { EndpointKnowledge } from './endpoint-knowledge.ts'
import type { JobRun } from './job-run.ts'
import type { LandEndpointOptions } from './land-endpoint.ts'
import type { InstanceOutcome } from './land-instance.ts'
import { createPageLander, type LandPages } from './land-together.ts'
import type { Slice } from './read-slices.ts'
import { storeFailure } from './slice-state.ts'
import type { EndedPass } from './sweep-gone.ts'
import { sweepPass } from './sweep-pass.ts'
import { addTallies, emptyTally, type Tally } from './tally.ts'
import { walkSlice } from './walk-slice.ts'

/** How far a pass over the slices of one instance is. */
export interface SliceCount {
  /** Tried, well or not, by this run or by the one that it goes on for. */
  readonly done: number
  readonly of: number
}

export interface WalkSlicesOptions extends LandEndpointOptions {
  readonly knowledge: EndpointKnowledge
  readonly clock: Clock
  readonly remembersSeen: boolean
}

/** Slices failing one after the other, without one that lands in between, until the instance is left alone. */
const maxFailuresInARow = 5

interface Walks {
  tally: Tally
  incremental: boolean
  unfiltered: boolean
  sweeping: boolean
  proven: boolean
  landed: number
  gone: number
  failed: number
  failuresInARow: number
  firstError: StrataError | null
  notFound: SourceError | null
  stopped: boolean
}

/**
 * Walks every slice of a job for one instance, several at once within its budget. A slice that fails leaves the others
 * alone, unless its error speaks of the whole instance: then the next run goes on with those that are left.
 */
export async function walkSlices(options: WalkSlicesOptions, run: JobRun): Promise<InstanceOutcome> {
  const { job, connector, context, instance, onSlice } = options
  const queue = await openSliceQueue(options, run.runId)
  const walks: Walks = {
    tally: emptyTally,
    incremental: false,
    unfiltered: false,
    sweeping: false,
    // How the slices were read that an earlier run walked is not known.
    proven: !queue.resumed,
    landed: 0,
    gone: 0,
    failed: 0,
    failuresInARow: 0,
    firstError: null,
    notFound: null,
    stopped: false,
  }
  const place = { job, landingSchema: context.target.landingSchema, instanceId: instance.id, ...run }
  const { landingSlots: slots, database, applicationName } = options
  const pages = createPageLander({ database, slots, place, applicationName, signal: context.signal })
  const asking = createSlots(connector.concurrency * walksARequest)
  // While the pages of some walks wait to be landed, others ask, unless what waits is large.
  const land: LandPages = (some) =>
    pages.characters > mostHeld ? pages.land(some) : asking.aside(() => pages.land(some))
  let tried = queue.position
  const tell = () => job.slices.length > 0 && onSlice?.({ done: tried, of: queue.slices })

  /** False: there is nothing left to be done. */
  async function workOne(): Promise<boolean> {
    const slice = walks.stopped ? null : await queue.take()
    if (slice === null || walks.stopped) return false
    await walkOne(options, place, land, slice, walks)
    await queue.done(slice)
    tried += 1
    tell()
    return true
  }

  async function work(): Promise<void> {
    try {
      for (let goesOn = true; goesOn && !walks.stopped; ) goesOn = await asking.run(workOne)
    } catch (error) {
      walks.stopped = true
      throw error
    }
  }
  tell()
  const walkers = job.slices.length === 0 ? 1 : connector.concurrency * walksARequest + mostLanding
  const ends = await Promise.allSettled(Array.from({ length: walkers }, work))
  const thrown = ends.find((end) => end.status === 'rejected')
  if (thrown !== undefined) {
    // The first error tells more.
    await queue.close(false).catch(() => {})
    throw thrown.reason
  }
  const outcome = outcomeOf(options, walks, queue)
  const ended = tried >= queue.slices
  const isJudged = ended && options.window === null && outcome.status !== 'unsupported'
  const sweep = isJudged ? await sweepPass(options, endedPass(options, run, walks)) : null
  await queue.close(ended || outcome.status === 'unsupported')
  return { ...outcome, sweep, tally: addTallies(outcome.tally, { deleted: sweep?.marked ?? 0 }) }
}

/** While one lands its page another asks for the next, so that the requests under way fill the budget. */
const walksARequest = 2

/** Walks whose pages wait to be landed: so many may land together. */
const mostLanding = 32

/** Characters that wait to be landed, beyond which no further walk begins. */
const mostHeld = 8_000_000

async function walkOne(
  options: WalkSlicesOptions,
  ofJob: PagesPlace,
  land: LandPages,
  slice: Slice,
  walks: Walks,
): Promise<void> {
  const { database, job, context, instance } = options
  const place = { ...ofJob, parameters: slice.parameters }
  try {
    const end = await walkSlice({
      ...options,
      place,
      land,
      changedSince: slice.changedSince,
      state: slice.state,
      parentsSeen: slice.parentsSeen,
      signal: context.signal,
      onResume: (received) => {
        const who = `${jobIdentity(job)} of instance ${instance.name}`
        const message = `${who} goes on behind ${formatCount(received)} records: an earlier run was cut off`
        // For several slices their pass says it.
        if (job.slices.length === 0) context.emit({ kind: 'notice', message })
      },
      onLanding: (brought, total) => {
        walks.tally = addTallies(walks.tally, brought)
        options.onPage(brought, total)
      },
    })
    walks.landed += 1
    walks.failuresInARow = 0
    walks.sweeping ||= end.sweeping
    walks.incremental ||= slice.changedSince !== null && !end.sweeping
    walks.unfiltered ||= slice.changedSince !== null && end.sweeping
    walks.proven &&= end.proven || !end.sweeping
  } catch (error) {
    if (context.signal.aborted || !(error instanceof SourceError)) throw error
    // What another process does now is not ours to judge.
    if (error.code === 'RUN_SUPERSEDED') throw error
    if (isUnsupported(error)) {
      walks.notFound ??= error
      walks.gone += 1
      // 501 speaks of the endpoint, whatever the slice.
      walks.stopped ||= error.status === 501
      const sliceIsGone = job.slices.length > 0 && error.status === 404
      await storeFailure(database, place, sliceIsGone ? 'gone' : 'unsupported', error.message)
      return
    }
    walks.firstError ??= error
    walks.failed += 1
    walks.failuresInARow += 1
    walks.stopped ||= stopsInstance(error) || walks.failuresInARow >= maxFailuresInARow
    await storeFailure(database, place, 'failed', `${error.code}: ${error.message}`)
  }
}

function outcomeOf({ instance }: LandEndpointOptions, walks: Walks, queue: SliceQueue): InstanceOutcome {
  const { landed, notFound, tally, incremental, unfiltered } = walks
  // Where some slices gave records the endpoint is supported after all, and what the 501 left unread is missing.
  // Of few that were asked for all may be gone, where the others were not asked for.
  const fewAreGone = queue.unchanged > 0 && walks.gone <= 10
  const someLanded = landed > 0 || queue.resumed || fewAreGone
  const refused = notFound?.status === 501 && someLanded ? 1 : 0
  const failed = walks.failed + refused
  const error = walks.firstError ?? (refused > 0 || !someLanded ? notFound : null)
  const status = failed > 0 ? 'failed' : error !== null ? 'unsupported' : 'success'
  return {
    instance,
    status,
    tally,
    slices: { landed, gone: walks.gone - refused, failed, unchanged: queue.unchanged },
    incremental,
    unfiltered,
    sweep: null,
    open: { unreadable: 0, refused: 0 },
    error,
  }
}

function endedPass(
  { job, instance, context }: WalkSlicesOptions,
  { runId }: JobRun,
  walks: Walks,
): EndedPass {
  const { sweeping, proven } = walks
  return {
    landingSchema: context.target.landingSchema,
    job,
    instanceId: instance.id,
    runId,
    sweeping,
    proven,
  }
}
