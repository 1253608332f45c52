import type { ApiConnector, Clock, Database, Instance } from '@strata/core'
import { SourceError } from '@strata/core'
import type { InstanceClient } from '../http/instance-client.ts'
import type { LandedRow, LandingPlace } from '../landing/landing-statement.ts'
import { forgetSeen } from '../landing/seen-records.ts'
import type { UnreadableLetter } from '../landing/unreadable-letters.ts'
import { askedOf } from './asked.ts'
import type { EndpointKnowledge } from './endpoint-knowledge.ts'
import { type LandPages, mostTogether } from './land-together.ts'
import { refusePagesForOffsets } from './offset-unit.ts'
import { choosePager } from './pagers/choose-pager.ts'
import { expectedOf } from './place-after.ts'
import { forgetCheckpoint, type Progress, type SliceState, storeProgress } from './slice-state.ts'
import { filtersOf, nextSpan, type Span } from './spans.ts'
import type { Tally } from './tally.ts'
import { isAllThereIs, isPieceMissing, isShort, isStillShort, leastOf } from './walk-count.ts'
import { incomplete, missingCursor, stuck, unreadablePage } from './walk-failures.ts'
import { lessonsOf, roundnessOf } from './walk-lessons.ts'
import { atSpan, beginWalk, resumable, type WalkPlace } from './walk-place.ts'
import { recover } from './walk-recovery.ts'
import { createRequests } from './walk-requests.ts'
import { tallyOf, type WalkStep, walkSteps } from './walk-steps.ts'

export interface WalkOptions {
  readonly database: Database
  readonly client: InstanceClient
  readonly land: LandPages
  readonly connector: ApiConnector
  readonly instance: Instance
  readonly place: LandingPlace
  readonly knowledge: EndpointKnowledge
  /** As it was before the run. */
  readonly state: Omit<SliceState, 'bound'>
  /** Noted with its end: what of its parents was seen before it began. Null: nothing. */
  readonly parentsSeen: string | null
  readonly clock: Clock
  /** ISO 8601, UTC; null: all. */
  readonly changedSince: string | null
  /** Everything is asked for anew, wherever an earlier walk was cut off. */
  readonly fullRefresh: boolean
  /** Called where a walk goes on that an earlier run began, with the records that it had. */
  readonly onResume?: (received: number) => void
  /** Lands the records that changed within a window, and leaves watermark and checkpoint alone. */
  readonly window: { readonly since: string | null; readonly until: string | null } | null
  readonly applicationName: string
  readonly signal: AbortSignal
  /** Whether bronze held rows of the job before, so that a walk over everything has to remember which of them it sees. */
  readonly remembersSeen: boolean
  /** Called after each committed transaction; `total` is what the API says the walk will bring, where it says so. */
  readonly onLanding: (tally: Partial<Tally>, total: number | null) => void
}

export interface WalkEnd {
  /** Whether it has seen everything there is. */
  readonly sweeping: boolean
  /** Whether the order of the records was such that none can have been passed over. */
  readonly proven: boolean
}

/**
 * Reads all pages of one slice and lands each, with the place where it stands: a later process goes on from there. The watermark moves with the last page (R16).
 *
 * A page that cannot be read is halved until the record is found that is to blame; that is passed over and becomes a dead letter.
 * What an API refuses or ignores is learned, and the walk begins again without it. Where less came than the API counts, everything is
 * read a second time before the walk fails. Throws `SourceError`, `DatabaseError`.
 */
export async function walkSlice(options: WalkOptions): Promise<WalkEnd> {
  options.signal.throwIfAborted()
  let from: WalkPlace | null = null
  for (let lessons = 0; ; lessons += 1) {
    const outcome: WalkEnd | 'learned' | WalkPlace = await walkUntilStopped(options, from, lessons === 0)
    if (outcome !== 'learned' && !('question' in outcome)) return outcome
    if (lessons > 6) throw stuck(options, 'it does one time what it refuses the next time')
    from = outcome === 'learned' ? null : outcome
  }
}

async function walkUntilStopped(
  options: WalkOptions,
  from: WalkPlace | null,
  mayResume: boolean,
): Promise<WalkEnd | 'learned' | WalkPlace> {
  const abort = new AbortController()
  const stop = () => abort.abort(options.signal.reason)
  options.signal.addEventListener('abort', stop)
  try {
    return await walk(options, abort.signal, from, mayResume)
  } finally {
    options.signal.removeEventListener('abort', stop)
    // Pages that were asked for ahead and are no longer wanted.
    abort.abort()
  }
}

/** A place: everything is to be read again, from there. */
async function walk(
  options: WalkOptions,
  signal: AbortSignal,
  from: WalkPlace | null,
  mayResume: boolean,
): Promise<WalkEnd | 'learned' | WalkPlace> {
  const { database, place, knowledge, window, clock } = options
  const { job } = place
  let facts = knowledge.facts()
  const asked = askedOf({ ...options, job }, facts)
  const checkpoint = mayResume && window === null && !options.fullRefresh ? options.state.checkpoint : null
  const resumed = checkpoint === null ? null : resumable(checkpoint, asked, facts, clock())
  if (resumed !== null) options.onResume?.(resumed.received)
  const begin = () =>
    beginWalk(asked, facts, clock(), { remembers: options.remembersSeen, parentsSeen: options.parentsSeen })
  let at = from ?? resumed ?? begin()
  const seesAll = asked.changedSince === null && window === null
  // What is brought beside a walk over everything that was cut off is not gone, though that may not have seen it.
  const remembersSeen = seesAll
    ? at.remembers
    : options.remembersSeen && (window !== null || job.slices.length > 0)
  const hasSeen = options.state.hasSeen || !mayResume
  if (seesAll && remembersSeen && resumed === null && hasSeen) await forgetSeen(database, place)

  const requests = createRequests(options, asked, facts, signal)
  const letters: UnreadableLetter[] = []
  const spanAfter = (span: Span) => nextSpan(span, { ...asked, horizon: at.horizon }, facts)
  const isPieced = ({ span }: WalkPlace) => seesAll && span.kind !== 'all'
  const isSweeping = (reached: WalkPlace) => seesAll && !reached.blemished
  const endAt = (reached: WalkPlace): WalkEnd => ({ sweeping: isSweeping(reached), proven: reached.proven })
  const progressAt = (
    reached: WalkPlace,
    rest: Pick<Progress, 'accepted' | 'walk' | 'complete'>,
  ): Progress => ({
    ...rest,
    received: reached.received,
    candidate: reached.candidate,
    bound: reached.bound,
    took: (clock().getTime() - Date.parse(reached.began)) / 1000,
    sweeping: isSweeping(reached),
    marking: reached.remembers,
    stateless: window !== null,
    parentsSeen: reached.parentsSeen ?? null,
  })
  const refuses = ({ missing_cursors: missing }: LandedRow) =>
    missing > 0 && job.cursor?.onMissing === 'raise'
  const completeAt = (reached: WalkPlace): Promise<void> =>
    database.transaction(
      (transaction) =>
        storeProgress(transaction, place, [
          {
            parameters: place.parameters,
            ...progressAt(reached, { accepted: 0, walk: reached, complete: true }),
          },
        ]),
      { applicationName: options.applicationName, signal },
    )

  for (let again = false; ; ) {
    const filters = filtersOf(at.span, asked, facts)
    const pagerFor = (largestSeen: number) =>
      choosePager({ job, facts, filters, ahead: options.client.atOnce, largestSeen })
    const pager = pagerFor(knowledge.largestPage)
    if (!isPieced(at) && (await isAllThereIs(at, pager, requests, knowledge))) {
      await knowledge.learn(lessonsOf(at, facts, knowledge.largestPage))
      const following = spanAfter(at.span)
      if (following === null) {
        await completeAt(at)
        return endAt(at)
      }
      at = atSpan(at, following)
      continue
    }

    const doubt = pager.doubt(at.page)
    if (doubt?.limit !== undefined && (await requests.gives(doubt, pager))) {
      await knowledge.learn({ topCap: doubt.limit })
      return 'learned'
    }
    await refusePagesForOffsets(options, at, pager, requests)

    let steps: readonly WalkStep[] = []
    try {
      const first = await requests.page(at.page, pager, { again, doubtful: letters.length > 0 })
      // The first page tells how to go on; others have nothing behind them while something is looked for.
      const goesOn = at.page.pages !== undefined && at.page.expected === undefined && letters.length === 0
      const behind = again ? [] : requests.behind(first, pager, goesOn ? mostTogether.pages - 1 : 0)
      // The source's clock may be wrong, and the watermark is never lowered.
      const bound = at.bound ?? earlier(first.page.readAfter, at.began)
      await options.land({
        contents: [first, ...behind].map(({ page: { body, serverTime } }) => ({
          parameters: place.parameters,
          body,
          cursorBound: bound,
          serverTime,
          candidate: at.candidate,
          expected: at.page.expected,
        })),
        seen: remembersSeen,
        unreadable: (why) => unreadablePage(options, first.page, why),
        conclude(rows) {
          steps = walkSteps({
            from: { ...at, page: first.from, bound },
            rows,
            pagerFor,
            largestSeen: knowledge.largestPage,
            placeOf: (index, place, pager) => requests.placeOf(behind[index - 1]!, place, pager),
            withoutKeyIn: requests.withoutKeyIn,
            refuses,
          })
          if (refuses(rows[0]!)) throw missingCursor(options, rows[0]!.missing_cursors)
          const { advance, next } = steps.at(-1)!
          if (advance.kind !== 'next' && advance.kind !== 'end' && advance.kind !== 'shifted')
            return { pages: steps.length, progress: null, letters: [] }
          const isEnd = advance.kind === 'end'
          const following = isEnd ? spanAfter(at.span) : null
          const short = isEnd && isShort(next, facts)
          const { fetched, quarantined } = tallyOf(steps)
          const accepted = Math.max(0, fetched - quarantined)
          const isLast = isEnd && following === null
          const doubtful = short || (isLast && isPieced(next))
          // A span that brought too little is read again from the beginning, also by another process.
          const walk = doubtful ? null : following === null ? next : atSpan(next, following)
          const complete = isLast && !doubtful
          return {
            pages: steps.length,
            progress: progressAt(next, { accepted, walk, complete }),
            letters: [...letters],
          }
        },
      })
    } catch (error) {
      if (signal.aborted || !(error instanceof SourceError)) throw error
      const recovery = await recover(options, { error, at, pager, requests, again, letters })
      if (recovery.kind === 'learned') return 'learned'
      again = recovery.kind === 'again'
      requests.forget()
      if (recovery.kind === 'go on') {
        at = recovery.at
        if (recovery.unlink) facts = { ...facts, nextLink: false }
      }
      continue
    }
    again = false
    const reached = steps.at(-1)
    if (reached === undefined) throw new Error('the page was landed without its progress')
    const { row: landed, advance: taken } = reached
    if (taken.kind === 'stuck') {
      if (at.page.link !== undefined && facts.nextLink !== false) {
        await knowledge.learn({ nextLink: false })
        return 'learned'
      }
      if (window === null) await forgetCheckpoint(database, place)
      throw stuck(options, taken.why)
    }
    if (taken.kind === 'ignored') {
      await knowledge.learn(taken.what === 'keyset' ? { keyset: false } : { keyset: false, orderBy: false })
      if (taken.what === 'orderBy') return 'learned'
      const { after: _, base: __, ...page } = at.page
      at = { ...at, page: { ...page, skip: page.received + page.passed } }
      continue
    }
    options.onLanding(
      { ...tallyOf(steps), unreadable: letters.splice(0).length },
      expectedOf(reached.from, landed),
    )
    knowledge.largestPage = Math.max(knowledge.largestPage, ...steps.map(({ row }) => row.received))
    if (knowledge.largestPage > 1 && knowledge.facts().severalAPage !== true)
      await knowledge.learn({ severalAPage: true })
    at = reached.next
    if (taken.kind !== 'end') continue

    requests.forget()
    const short = isShort(at, facts)
    if (short && (await isStillShort(at, pager, requests))) {
      if (at.attempt === 2 && at.page.after !== undefined) {
        // Its records are not in the order of the key, though they seemed to be.
        await knowledge.learn({ keyset: false })
        return 'learned'
      }
      if (at.attempt === 2) throw incomplete(options, at.page.received, leastOf(at))
      return { ...begin(), horizon: at.horizon, attempt: 2 }
    }
    await knowledge.learn(lessonsOf(at, facts, knowledge.largestPage))
    if (seesAll && landed.shape === 'array')
      await knowledge.learn(roundnessOf(job, landed.received, at.page.received, knowledge.facts()))
    const following = spanAfter(at.span)
    if (following === null) {
      const whole = choosePager({ job, facts, filters: [], ahead: 0, largestSeen: 0 })
      if (isPieced(at) && (await isPieceMissing(at, facts, whole, requests)))
        return { ...begin(), horizon: at.horizon, span: { kind: 'all' }, attempt: 2 }
      if (short || isPieced(at)) await completeAt(at)
      return endAt(at)
    }
    at = atSpan(at, following)
  }
}

/** Of two instants in ISO 8601, UTC. */
function earlier(one: string, other: string): string {
  return one.localeCompare(other) < 0 ? one : other
}
