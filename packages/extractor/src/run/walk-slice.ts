import type { Database, Instance } from '@strata/core'
import { SourceError } from '@strata/core'
import type { InstanceClient, Page } from '../http/instance-client.ts'
import { pageUrl } from '../http/page-url.ts'
import { isUnsupported } from '../http/source-failure.ts'
import { landPage } from '../landing/land-page.ts'
import type { CursorValue, LandedRow, LandingPlace } from '../landing/landing-statement.ts'
import type { Slots } from '../slots.ts'
import { storeProgress } from './slice-state.ts'
import type { Tally } from './tally.ts'

export interface WalkOptions {
  readonly database: Database
  readonly client: InstanceClient
  readonly landingSlots: Slots
  readonly instance: Instance
  readonly place: LandingPlace
  readonly changedSince: string | null
  readonly applicationName: string
  readonly signal: AbortSignal
  /** Called after each committed page; `total` is what the API says the walk will bring, where it says so. */
  readonly onPage: (tally: Tally, total: number | null) => void
}

/**
 * Reads all pages of one slice and lands each in its own transaction; the watermark moves with the last one.
 *
 * The walk advances by the records received. It ends at an empty page, or when it has received as many as the API
 * counts; a short page alone proves nothing, as servers cap `$top`. Where it ends with fewer records than any page has
 * counted, pages have shifted or broken off: the walk has failed, and moves no watermark (R16). While a page is being landed the next one is
 * already under way. Throws `SourceError`, `DatabaseError`.
 */
export async function walkSlice(options: WalkOptions): Promise<void> {
  const abort = new AbortController()
  const stop = () => abort.abort(options.signal.reason)
  options.signal.addEventListener('abort', stop)
  try {
    options.signal.throwIfAborted()
    await walk(options, abort.signal)
  } finally {
    options.signal.removeEventListener('abort', stop)
    // A page that was asked for ahead and is no longer wanted.
    abort.abort()
  }
}

async function walk(options: WalkOptions, signal: AbortSignal): Promise<void> {
  const { place, client, instance, changedSince } = options
  const { parameters, job } = place
  const fetchFrom = async (skip: number): Promise<Page> => {
    try {
      return await client.get(pageUrl({ job, instance, parameters, skip, changedSince }), signal)
    } catch (error) {
      // Only the first page tells that there is no such endpoint or slice.
      throw skip > 0 && isUnsupported(error) ? brokenOff(options, error) : error
    }
  }

  let received = 0
  /** The most records that any page said there are. */
  let promised = 0
  let firstRecord: string | null = null
  let candidate: CursorValue | null = null
  let cursorBound: string | null = null
  let ahead: { readonly skip: number; readonly page: Promise<Page> } | null = null
  for (;;) {
    const page: Page = ahead?.skip === received ? await ahead.page : await fetchFrom(received)
    // Fixed at the start (R3): what changes during the walk may have been passed over, and is left to the next one.
    cursorBound ??= page.readAfter
    const next: number = received + job.pageSize
    ahead = moreToCome(page.body, next) ? { skip: next, page: fetchFrom(next) } : null
    ahead?.page.catch(() => {})

    let step: Step | null = null
    const landed: LandedRow = await landPage({
      slots: options.landingSlots,
      database: options.database,
      place,
      page: {
        body: page.body,
        cursorBound,
        serverTime: page.serverTime,
        candidate,
      },
      applicationName: options.applicationName,
      signal,
      unreadable: (why) => unreadablePage(options, page, why),
      alsoStore: async (transaction, row) => {
        promised = Math.max(promised, totalOf(row) ?? 0)
        step = nextStep(options, row, received, firstRecord)
        if (step.complete && step.received < promised) throw incomplete(options, step.received, promised)
        await storeProgress(transaction, place, {
          accepted: step.repeated ? 0 : row.received - row.quarantined,
          received: step.received,
          candidate: candidateOf(row),
          complete: step.complete,
        })
      },
    })
    const taken = step as Step | null
    if (taken === null) throw new Error('the page was landed without its progress')
    if (!taken.repeated) options.onPage(tallyOf(landed), totalOf(landed))
    if (taken.complete) return
    received = taken.received
    firstRecord = landed.first_record
    candidate = candidateOf(landed)
  }
}

interface Step {
  readonly received: number
  readonly complete: boolean
  /** The server sent what it had sent before. */
  readonly repeated: boolean
}

function nextStep(options: WalkOptions, row: LandedRow, before: number, firstRecord: string | null): Step {
  const repeated = before > 0 && row.received > 0 && row.first_record === firstRecord
  if (repeated && row.shape === 'array') return { received: before, complete: true, repeated }
  if (repeated) {
    throw new SourceError({
      code: 'SOURCE_PAGING',
      message: `${describeWalk(options)}: the API gives the same page again`,
      hint: 'it seems to ignore $skip; nothing is lost, but the rest cannot be read in this way',
    })
  }
  const received = before + row.received
  const total = totalOf(row)
  return { received, complete: row.received === 0 || (total !== null && received >= total), repeated }
}

/**
 * Whether it pays to ask for the next page before this one has been read. Looks for the count that an envelope starts
 * with; a wrong guess costs one request and nothing else.
 */
function moreToCome(body: string, next: number): boolean {
  const total = /"@odata\.count"\s*:\s*"?(\d+)/.exec(body.slice(0, 2000))?.[1]
  return total !== undefined && Number(total) > next
}

function incomplete(options: WalkOptions, received: number, promised: number): SourceError {
  return new SourceError({
    code: 'SOURCE_PAGING',
    message: `${describeWalk(options)}: the pages brought ${received} of ${promised} records`,
    hint: 'records were removed during the walk, or the pages end too early; what was landed is kept and the watermark has not moved: run again',
  })
}

function brokenOff(options: WalkOptions, cause: SourceError): SourceError {
  return new SourceError({
    code: 'SOURCE_PAGING',
    status: cause.status,
    message: `${describeWalk(options)}: the pages end too early: ${cause.message}`,
    hint: 'what was landed is kept and the watermark has not moved: run again',
    cause,
  })
}

function unreadablePage(options: WalkOptions, page: Page, why: string): SourceError {
  const looksLikeJson = /^\s*[[{]/.test(page.body)
  return new SourceError({
    code: looksLikeJson ? 'SOURCE_UNREADABLE_PAGE' : 'SOURCE_NOT_JSON',
    message: `${describeWalk(options)}: the answer of ${page.path} cannot be read: ${why}`,
    hint: looksLikeJson
      ? 'the answer may have been cut short: run again; if it stays so, a smaller page_size shows which records it is'
      : 'a login page or a proxy may stand before the API: check base_url and the key',
  })
}

function describeWalk({ place, instance }: WalkOptions): string {
  return `${place.job.source} instance ${instance.name}`
}

function totalOf(row: LandedRow): number | null {
  return row.total !== null && /^\d+$/.test(row.total) ? Number(row.total) : null
}

function candidateOf(row: LandedRow): CursorValue | null {
  return row.candidate_at === null
    ? null
    : { at: row.candidate_at, text: row.candidate_text ?? row.candidate_at }
}

function tallyOf({ received, inserted, changed, quarantined }: LandedRow): Tally {
  return {
    fetched: received,
    inserted,
    changed,
    unchanged: received - inserted - changed - quarantined,
    quarantined,
  }
}
