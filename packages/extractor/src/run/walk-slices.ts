import { SourceError, type StrataError } from '@strata/core'
import { isUnsupported, stopsInstance } from '../http/source-failure.ts'
import type { JobRun } from './job-run.ts'
import type { InstanceOutcome, LandInstanceOptions } from './land-instance.ts'
import { readSlices, type Slice } from './read-slices.ts'
import { storeFailure } from './slice-state.ts'
import { addTallies, emptyTally, type Tally } from './tally.ts'
import { walkSlice } from './walk-slice.ts'

/** Slices failing one after the other, without one that lands in between, until the instance is left alone. */
const maxFailuresInARow = 5

interface Walks {
  tally: Tally
  incremental: boolean
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
 * alone, unless its error speaks of the whole instance.
 */
export async function walkSlices(options: LandInstanceOptions, run: JobRun): Promise<InstanceOutcome> {
  const { job, instance, context, connector } = options
  const slices = readSlices({
    ...options,
    landingSchema: context.target.landingSchema,
    instanceId: instance.id,
  })
  const walks: Walks = {
    tally: emptyTally,
    incremental: false,
    landed: 0,
    gone: 0,
    failed: 0,
    failuresInARow: 0,
    firstError: null,
    notFound: null,
    stopped: false,
  }
  async function work(): Promise<void> {
    try {
      while (!walks.stopped) {
        const next = await slices.next()
        if (next.done) return
        await walkOne(options, run, next.value, walks)
      }
    } catch (error) {
      walks.stopped = true
      throw error
    }
  }
  const workers = job.slices.length === 0 ? 1 : Math.max(1, connector.concurrency)
  const ends = await Promise.allSettled(Array.from({ length: workers }, work))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return outcomeOf(options, walks)
}

async function walkOne(options: LandInstanceOptions, run: JobRun, slice: Slice, walks: Walks): Promise<void> {
  const { database, job, context, instance } = options
  const place = {
    job,
    landingSchema: context.target.landingSchema,
    instanceId: instance.id,
    parameters: slice.parameters,
    ...run,
  }
  walks.incremental ||= slice.changedSince !== null
  try {
    await walkSlice({
      ...options,
      place,
      changedSince: slice.changedSince,
      signal: context.signal,
      onPage: (page, total) => {
        walks.tally = addTallies(walks.tally, page)
        options.onPage(page, total)
      },
    })
    walks.landed += 1
    walks.failuresInARow = 0
  } catch (error) {
    if (context.signal.aborted || !(error instanceof SourceError)) throw error
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

function outcomeOf({ instance }: LandInstanceOptions, walks: Walks): InstanceOutcome {
  const { landed, notFound, tally, incremental } = walks
  // Where some slices gave records the endpoint is supported after all, and what the 501 left unread is missing.
  const refused = notFound?.status === 501 && landed > 0 ? 1 : 0
  const failed = walks.failed + refused
  const error = walks.firstError ?? (refused > 0 || landed === 0 ? notFound : null)
  const status = failed > 0 ? 'failed' : error !== null ? 'unsupported' : 'success'
  return {
    instance,
    status,
    tally,
    slices: { landed, gone: walks.gone - refused, failed },
    incremental,
    error,
  }
}
