import type { Clock, Connector, Database, Instance } from '@strata/core'
import { SourceError } from '@strata/core'
import { withoutKey } from '../http/authorization.ts'
import type { InstanceClient, Page } from '../http/instance-client.ts'
import { linkedUrl, pageUrl } from '../http/page-url.ts'
import { landPage } from '../landing/land-page.ts'
import type { CursorValue, LandedRow, LandingPlace } from '../landing/landing-statement.ts'
import { forgetSeen, rememberSeen } from '../landing/seen-records.ts'
import { storeUnreadable, type UnreadableLetter } from '../landing/unreadable-letters.ts'
import { cursorLiteral } from '../probe/cursor-literal.ts'
import type { EndpointFacts } from '../probe/endpoint-facts.ts'
import type { Slots } from '../slots.ts'
import type { EndpointKnowledge } from './endpoint-knowledge.ts'
import { choosePager } from './pagers/choose-pager.ts'
import { type Advance, type PagePlace, type Pager, totalOf } from './pagers/pager.ts'
import { forgetCheckpoint, readCheckpoint, storeProgress } from './slice-state.ts'
import { type Asked, filtersOf, halvedSpan, nextSpan } from './spans.ts'
import { emptyTally, type Tally } from './tally.ts'
import {
  brokenOff,
  incomplete,
  missingCursor,
  stuck,
  unreadablePage,
  unsupportedEndpoint,
} from './walk-failures.ts'
import { atSpan, beginWalk, resumable, type WalkPlace } from './walk-place.ts'

export interface WalkOptions {
  readonly database: Database
  readonly client: InstanceClient
  readonly landingSlots: Slots
  readonly connector: Connector
  readonly instance: Instance
  readonly place: LandingPlace
  readonly knowledge: EndpointKnowledge
  readonly clock: Clock
  /** ISO 8601, UTC; null: all. */
  readonly changedSince: string | null
  /** Lands the records that changed within a window, and leaves watermark and checkpoint alone. */
  readonly window: { readonly since: string | null; readonly until: string | null } | null
  readonly applicationName: string
  readonly signal: AbortSignal
  /** Whether bronze held rows of the job before, so that a walk over everything has to remember which of them it sees. */
  readonly remembersSeen: boolean
  /** Called after each committed page; `total` is what the API says the walk will bring, where it says so. */
  readonly onPage: (tally: Partial<Tally>, total: number | null) => void
}

export interface WalkEnd {
  /** Whether it has seen everything there is. */
  readonly sweeping: boolean
  /** Whether the order of the records was such that none can have been passed over. */
  readonly proven: boolean
}

/**
 * Reads all pages of one slice and lands each in its own transaction, with the place where it stands: a later process goes on
 * from there. The watermark moves with the last page (R16).
 *
 * A page that cannot be read is halved until the record is found that is to blame; that is passed over and becomes a dead letter.
 * What an API refuses or ignores is learned, and the walk begins again without it. Where less came than the API counts, everything is
 * read a second time before the walk fails. Throws `SourceError`, `DatabaseError`.
 */
export async function walkSlice(options: WalkOptions): Promise<WalkEnd> {
  const abort = new AbortController()
  const stop = () => abort.abort(options.signal.reason)
  options.signal.addEventListener('abort', stop)
  try {
    options.signal.throwIfAborted()
    let from: WalkPlace | null = null
    for (let lessons = 0; ; lessons += 1) {
      const outcome: WalkEnd | 'learned' | WalkPlace = await walk(options, abort.signal, from, lessons === 0)
      if (outcome !== 'learned' && !('question' in outcome)) return outcome
      if (lessons > 6) throw stuck(options, 'it does one time what it refuses the next time')
      from = outcome === 'learned' ? null : outcome
    }
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
  const { place, client, instance, knowledge } = options
  const { parameters, job } = place
  const facts = knowledge.facts()
  const asked = askedOf(options, facts)
  const checkpoint =
    mayResume && options.window === null ? await readCheckpoint(options.database, place) : null
  const resumed = checkpoint === null ? null : resumable(checkpoint, asked, facts, options.clock())
  const begin = () => beginWalk(asked, facts, options.clock(), options.remembersSeen)
  let at = from ?? resumed ?? begin()
  const seesAll = asked.changedSince === null && options.window === null
  // What is brought beside a walk over everything that was cut off is not gone, though that may not have seen it.
  const remembersSeen = seesAll
    ? at.remembers
    : options.remembersSeen && (options.window !== null || job.slices.length > 0)
  if (seesAll && remembersSeen && resumed === null) await forgetSeen(options.database, place)

  const ahead = new Map<string, Promise<Page>>()
  const letters: UnreadableLetter[] = []
  let again = 0
  for (;;) {
    const filters = filtersOf(at.span, asked, facts)
    const pager = choosePager({ job, facts, filters, ahead: options.connector.concurrency })
    if (isCountReached(at) && (await isCountTrue(at, pager))) {
      const following = nextSpan(at.span, { ...asked, horizon: at.horizon }, facts)
      if (following === null) {
        await completeAfterAll(at)
        return { sweeping: isSweeping(at), proven: at.proven }
      }
      at = atSpan(at, following)
      continue
    }
    const addressOf = (page: PagePlace): URL => {
      const asks = pager.request(page)
      if ('link' in asks) return linkedUrl(asks.link, { job, instance, parameters })
      const query = { ...asks.query, ...startParameter(asked, facts) }
      return pageUrl({ job, instance, parameters, filters: asks.filters, query })
    }
    const url = addressOf(at.page)
    const narrowed = at.page.limit !== undefined
    const fetchPage = (address: URL): Promise<Page> =>
      client.get(address, signal, narrowed && at.page.limit! > 1 ? { retries: 0 } : {})

    let landed: LandedRow
    let advance: Advance | null = null
    let next: WalkPlace = at
    try {
      const waiting = ahead.get(url.href)
      ahead.delete(url.href)
      const page: Page = await (waiting ?? fetchPage(url))
      const bound = at.bound ?? page.readAfter
      for (const guess of again > 0 ? [] : pager.guess(at.page, page.body)) {
        const address = addressOf(guess)
        if (ahead.has(address.href) || ahead.size >= options.connector.concurrency) continue
        const asking = fetchPage(address)
        asking.catch(() => {})
        ahead.set(address.href, asking)
      }
      landed = await landPage({
        slots: options.landingSlots,
        database: options.database,
        place,
        page: {
          body: page.body,
          cursorBound: bound,
          serverTime: page.serverTime,
          candidate: at.candidate,
          seen: remembersSeen,
        },
        applicationName: options.applicationName,
        signal,
        unreadable: (why) => unreadablePage(options, page, why),
        alsoStore: async (transaction, row) => {
          if (row.missing_cursors > 0 && job.cursor?.onMissing === 'raise')
            throw missingCursor(options, row.missing_cursors)
          advance = pager.advance(at.page, row)
          if (advance.kind !== 'next' && advance.kind !== 'end' && advance.kind !== 'shifted') return
          next = withoutKeyIn(placeAfter({ ...at, bound }, row, advance), linked)
          const following =
            advance.kind === 'end' ? nextSpan(at.span, { ...asked, horizon: at.horizon }, facts) : null
          const short = advance.kind === 'end' && isShortOf(next, facts)
          const complete = advance.kind === 'end' && following === null && !short
          if (letters.length > 0) await storeUnreadable(transaction, place, letters)
          await rememberSeen(transaction, place, row.seen)
          await storeProgress(transaction, place, {
            accepted: Math.max(0, freshOf(advance) - row.quarantined),
            received: next.received,
            candidate: next.candidate,
            // A span that brought too little is read again from the beginning, also by another process.
            walk: short ? null : following === null ? next : atSpan(next, following),
            complete,
            sweeping: isSweeping(next),
            marking: next.remembers,
            stateless: options.window !== null,
          })
        },
      })
    } catch (error) {
      if (signal.aborted || !(error instanceof SourceError)) throw error
      const answer = await afterFailure(error)
      if (answer === 'learned') return answer
      ahead.clear()
      at = answer
      continue
    }
    again = 0
    // TypeScript does not see that the callback has set it.
    const taken = advance as Advance | null
    if (taken === null) throw new Error('the page was landed without its progress')
    if (taken.kind === 'stuck') {
      if (at.page.link !== undefined && facts.nextLink !== false) {
        await knowledge.learn({ nextLink: false })
        return 'learned'
      }
      if (options.window === null) await forgetCheckpoint(options.database, place)
      throw stuck(options, taken.why)
    }
    if (taken.kind === 'ignored') {
      await knowledge.learn(taken.what === 'keyset' ? { keyset: false } : { keyset: false, orderBy: false })
      if (taken.what === 'orderBy') return 'learned'
      const { after: _, ...page } = at.page
      at = { ...at, page: { ...page, skip: page.received + page.passed } }
      continue
    }
    options.onPage({ ...tallyOf(landed, freshOf(taken)), unreadable: letters.length }, expected(at, landed))
    letters.length = 0
    at = next
    if (taken.kind !== 'end') continue

    ahead.clear()
    const following = nextSpan(at.span, { ...asked, horizon: at.horizon }, facts)
    if (isShortOf(at, facts) && (await isStillShort(at, pager))) {
      if (at.attempt === 2) throw incomplete(options, at.page.received, Math.min(...at.promised!))
      return { ...begin(), horizon: at.horizon, attempt: 2 }
    }
    await learnFrom(at, facts)
    if (following === null) {
      if (isShortOf(at, facts)) await completeAfterAll(at)
      return { sweeping: isSweeping(at), proven: at.proven }
    }
    at = atSpan(at, following)
  }

  function isSweeping(reached: WalkPlace): boolean {
    return seesAll && !reached.blemished
  }

  /** What is to be done about a page that did not come, or could not be landed. */
  async function afterFailure(error: SourceError): Promise<WalkPlace | 'learned'> {
    const filters = filtersOf(at.span, asked, facts)
    const pager = choosePager({ job, facts, filters, ahead: 0 })
    if (error.code === 'SOURCE_REJECTED') {
      if (await knowledge.askAgain(parameters, signal)) return 'learned'
      // It is not the options that it refuses.
      if (error.status === 501 && at.page.link === undefined) throw unsupportedEndpoint(options, error)
    }
    if (error.code === 'SOURCE_LINK_ELSEWHERE') {
      await knowledge.learn({ nextLink: false })
      return 'learned'
    }
    const { link, ...unlinked } = at.page
    if (link !== undefined && isLost(error)) {
      // A link that has expired, or that leads to a page that cannot be read: the same place by another way.
      await knowledge.learn({ nextLink: false })
      return at.page.received === 0
        ? at
        : { ...at, page: { ...unlinked, skip: at.page.received + at.page.passed } }
    }
    if (error.code === 'SOURCE_TIMEOUT') {
      const halved = halvedSpan(at.span)
      if (halved !== null) return atSpan(at, halved)
    }
    // Only the first page tells that there is no such endpoint or slice.
    if (error.code === 'SOURCE_NOT_FOUND' && at.page.received > 0) throw brokenOff(options, error)
    if (!isPoison(error) || !pager.limitable) throw error
    if (again === 0 && error.code === 'SOURCE_UNREADABLE_PAGE') {
      again = 1
      return at
    }
    again = 0
    const limit = at.page.limit ?? job.pageSize
    if (limit > 1)
      return {
        ...at,
        page: { ...at.page, limit: Math.max(1, Math.floor(Math.min(limit, job.pageSize) / 2)) },
      }
    // The API is down, and no record is to blame.
    if (letters.length === maxUnreadableInARow) throw error
    letters.push({ ...belowBase(addressAt(at.page, pager)), error })
    const { skip = 0, passed } = at.page
    return { ...at, page: { ...at.page, skip: skip + 1, passed: passed + 1, limit: 1 } }
  }

  function addressAt(page: PagePlace, pager: Pager): URL {
    const asks = pager.request(page)
    return 'link' in asks
      ? linkedUrl(asks.link, { job, instance, parameters })
      : pageUrl({ job, instance, parameters, filters: asks.filters, query: asks.query })
  }

  /** An API may repeat our key in its links, and the place is stored. */
  function linked(link: string): string {
    return withoutKey(linkedUrl(link, { job, instance, parameters }), options.connector).href
  }

  function belowBase({ pathname, search }: URL): { readonly path: string; readonly query: string } {
    const base = new URL(instance.baseUrl).pathname.replace(/\/+$/, '')
    return { path: pathname.slice(base.length), query: search }
  }

  /** Asks the API for its count once more: what was removed during the walk is not missing. */
  async function isStillShort(reached: WalkPlace, pager: Pager): Promise<boolean> {
    if (reached.attempt === 2 && reached.page.received >= Math.min(...reached.promised!)) return false
    const asks = pager.request({ received: 0, passed: 0, limit: 1 })
    if ('link' in asks) return true
    const query = { ...asks.query, ...startParameter(asked, facts) }
    const page = await client.get(
      pageUrl({ job, instance, parameters, filters: asks.filters, query }),
      signal,
    )
    const count = countOf(page)
    return count === null || reached.distinct + reached.page.passed < count
  }

  /** Whether the API counts more than it was asked for: a count that is that of the page says nothing of the end. */
  async function isCountTrue(reached: WalkPlace, pager: Pager): Promise<boolean> {
    return await knowledge.proveCount(async () => {
      const asks = pager.request({ received: 0, passed: 0, limit: 1 })
      if ('link' in asks) return false
      const query = { ...asks.query, ...startParameter(asked, facts) }
      const page = await client.get(
        pageUrl({ job, instance, parameters, filters: asks.filters, query }),
        signal,
      )
      return countOf(page) !== null && countOf(page) === reached.promised?.[1]
    })
  }

  async function completeAfterAll(reached: WalkPlace): Promise<void> {
    await options.database.transaction(
      (transaction) =>
        storeProgress(transaction, place, {
          accepted: 0,
          received: reached.received,
          candidate: reached.candidate,
          walk: reached,
          complete: true,
          sweeping: isSweeping(reached),
          marking: reached.remembers,
          stateless: options.window !== null,
        }),
      { applicationName: options.applicationName, signal },
    )
  }

  async function learnFrom(reached: WalkPlace, known: EndpointFacts): Promise<void> {
    const counted = reached.promised !== null && reached.page.counted === true
    await knowledge.learn({
      ...(counted && known.countHonest === undefined && { countHonest: true }),
      ...(reached.nulls && known.cursorNulls !== true && { cursorNulls: true }),
      ...(reached.early && known.cursorEarly !== true && { cursorEarly: true }),
    })
  }
}

const maxUnreadableInARow = 3

function askedOf(
  { place: { job }, connector, changedSince, window, clock }: WalkOptions,
  facts: EndpointFacts,
): Asked {
  const ahead = (job.window?.ahead ?? 0) * 24 * 60 * 60 * 1000
  const horizon = new Date(clock().getTime() + ahead).toISOString()
  if (window !== null) return { job, changedSince: window.since, changedBefore: window.until, horizon }
  const isOdata = connector.kind === 'odata' && facts.filter !== false && facts.cursorFormat !== null
  const mayFilter = isOdata || job.cursor?.startParam != null
  return { job, changedSince: mayFilter ? changedSince : null, changedBefore: null, horizon }
}

/** For an API that takes the lower bound in a parameter of its own. */
function startParameter(
  { job, changedSince }: Asked,
  facts: EndpointFacts,
): { readonly [name: string]: string } {
  const { cursor } = job
  if (cursor === null || cursor.startParam === null || changedSince === null) return {}
  return {
    [cursor.startParam]: cursorLiteral(changedSince, cursor.format ?? facts.cursorFormat ?? 'iso_utc'),
  }
}

function placeAfter(at: WalkPlace, row: LandedRow, advance: Advance): WalkPlace {
  if (advance.kind === 'shifted') return { ...at, page: advance.place, candidate: candidateOf(row) }
  const fresh = freshOf(advance)
  const total = totalOf(row)
  const before = at.page.base ?? 0
  const promised = total === null ? null : before + total
  return {
    ...at,
    page:
      advance.kind === 'next'
        ? advance.place
        : {
            ...at.page,
            received: at.page.received + fresh,
            counted: at.page.counted === true || (total !== null && total > row.received),
          },
    promised: promised === null ? at.promised : [at.promised?.[0] ?? promised, promised],
    distinct: at.distinct + Math.min(fresh, row.distinct + row.quarantined),
    received: at.received + fresh,
    candidate: candidateOf(row),
    proven: at.proven && (advance.kind !== 'end' || advance.proven),
    nulls: at.nulls || row.missing_cursors > 0,
    early: at.early || row.early_cursors > 0,
    blemished: at.blemished || at.page.passed > 0,
  }
}

/** Whether all that the API counts came with the first page. One record alone proves nothing of the count. */
function isCountReached({ page, promised }: WalkPlace): boolean {
  return (
    promised !== null &&
    page.counted === false &&
    page.received > 1 &&
    page.received === page.largest &&
    page.received === promised[1] &&
    page.link === undefined
  )
}

function countOf(page: Page): number | null {
  const count = /"@odata\.count"\s*:\s*"?(\d+)/.exec(page.body)?.[1]
  return count === undefined ? null : Number(count)
}

/** Whether the span brought less than the API counts, before and after. */
function isShortOf({ promised, distinct, page }: WalkPlace, facts: EndpointFacts): boolean {
  return promised !== null && facts.countHonest !== false && distinct + page.passed < Math.min(...promised)
}

function withoutKeyIn(place: WalkPlace, clean: (link: string) => string): WalkPlace {
  const { link } = place.page
  return link === undefined ? place : { ...place, page: { ...place.page, link: clean(link) } }
}

function freshOf(advance: Advance): number {
  return advance.kind === 'next' || advance.kind === 'end' ? advance.fresh : 0
}

/** May be the fault of one record, and not of the whole API. */
function isPoison({ code }: SourceError): boolean {
  return [
    'SOURCE_UNREADABLE_PAGE',
    'SOURCE_FAILING',
    'SOURCE_TIMEOUT',
    'SOURCE_CONNECTION',
    'SOURCE_TOO_LARGE',
  ].includes(code)
}

/** For a page that was asked for by a link. */
function isLost(error: SourceError): boolean {
  return isPoison(error) || ['SOURCE_REJECTED', 'SOURCE_NOT_FOUND'].includes(error.code)
}

function expected({ page, received }: WalkPlace, row: LandedRow): number | null {
  const total = totalOf(row)
  if (total === null) return null
  return received - page.received + (page.base ?? 0) + total
}

function candidateOf(row: LandedRow): CursorValue | null {
  return row.candidate_at === null
    ? null
    : { at: row.candidate_at, text: row.candidate_text ?? row.candidate_at }
}

function tallyOf(row: LandedRow, fresh: number): Tally {
  const { inserted, changed, quarantined } = row
  return {
    ...emptyTally,
    fetched: fresh,
    inserted,
    changed,
    unchanged: Math.max(0, fresh - inserted - changed - quarantined),
    quarantined,
    missed: row.missed,
    rejectedCursors: row.rejected_cursors,
    missingCursors: row.missing_cursors,
  }
}
