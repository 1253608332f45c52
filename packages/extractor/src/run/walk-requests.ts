import { SourceError } from '@strata/core'
import { withoutKey } from '../http/authorization.ts'
import type { Page } from '../http/instance-client.ts'
import { linkedUrl, pageUrl } from '../http/page-url.ts'
import type { EndpointFacts } from '../probe/endpoint-facts.ts'
import { startParameter } from './asked.ts'
import { createGuessesAhead } from './guesses-ahead.ts'
import { createKeysAhead, type KeyedPage, type WaitingPage } from './keys-ahead.ts'
import { mostTogether } from './land-together.ts'
import { type PagePlace, type Pager, start } from './pagers/pager.ts'
import { readBody } from './read-body.ts'
import type { Asked } from './spans.ts'
import type { WalkPlace } from './walk-place.ts'
import type { WalkOptions } from './walk-slice.ts'

/** A page, and where it was asked for. */
export interface AnsweredPage {
  readonly page: Page
  readonly from: PagePlace
  /** What it shows of a list that is read by growing numbers. */
  readonly keyed: KeyedPage | null
}

/** The requests of one walk: pages, some of them ahead of their turn, and counts. */
export interface WalkRequests {
  addressOf(page: PagePlace, pager: Pager): URL
  /**
   * The page, and those behind it that are likely to be wanted; `again`: neither the one that was asked for ahead, nor any ahead.
   * `doubtful`: a record before it could not be read, and this one shows whether the API is down. It may begin a little before `at`.
   */
  page(
    at: PagePlace,
    pager: Pager,
    how: { readonly again: boolean; readonly doubtful: boolean },
  ): Promise<AnsweredPage>
  /**
   * Takes up to `most` pages that are likely to follow and have arrived already, no more than may land together with it, and asks for
   * those behind them.
   */
  behind(page: AnsweredPage, pager: Pager, most: number): readonly AnsweredPage[]
  /** Where a page begins that arrived before its turn, if it is what comes at `at`; null: it is not. */
  placeOf(arrived: AnsweredPage, at: PagePlace, pager: Pager): PagePlace | null
  /** What was asked for ahead is not wanted any more. */
  forget(): void
  /** The API's count of what the pager asks for, by a page of `limit` records (1); null: it gives none, or another page. */
  count(pager: Pager, limit?: number): Promise<number | null>
  /** Whether there are records; false too where there is no answer. */
  gives(page: PagePlace, pager: Pager): Promise<boolean>
  /** Whether the first record can be read now. */
  answers(pager: Pager): Promise<boolean>
  /** The link as it may be stored: an API may repeat our key in it. */
  withoutKeyIn(place: WalkPlace): WalkPlace
  /** Path and query below the instance's base URL, without our key. */
  belowBase(url: URL): { readonly path: string; readonly query: string }
}

export function createRequests(
  { client, connector, instance, knowledge, place: { job, parameters } }: WalkOptions,
  asked: Asked,
  facts: EndpointFacts,
  signal: AbortSignal,
): WalkRequests {
  const target = { job, instance, parameters }

  function addressOf(page: PagePlace, pager: Pager): URL {
    const asks = pager.request(page)
    if ('link' in asks) return linkedUrl(asks.link, target)
    const query = { ...asks.query, ...startParameter(asked, facts) }
    return pageUrl({ ...target, filters: asks.filters, query })
  }

  /** A page that can be halved is not insisted on; while it is being halved failures are expected; one record's failure must last. */
  function ask(
    url: URL,
    at: PagePlace,
    pager: Pager,
    { doubtful, until }: { readonly doubtful: boolean; readonly until: AbortSignal },
  ): Promise<Page> {
    if (!pager.limitable || at.link !== undefined) return client.get(url, until)
    if (at.limit === undefined) return client.get(url, until, { retries: 2 })
    return client.get(url, until, at.limit > 1 ? { retries: 0 } : doubtful ? { retries: 1 } : {})
  }

  /** The pager of the span that is being read. */
  let pagerNow: Pager | null = null
  let largestBody = 0
  let counted = 0
  const keys = createKeysAhead({
    ask: (after) => askAhead(beyond(after)),
    look: (after, { body }) => pagerNow?.keyed(beyond(after), body) ?? null,
    mayAsk,
  })
  const guesses = createGuessesAhead({
    addressOf: (place) => addressOf(place, pagerNow!).href,
    ask: askAhead,
    mayAsk,
  })
  signal.addEventListener('abort', forget, { once: true })

  function count(): void {
    const own = guesses.size + keys.size
    knowledge.pagesAhead += own - counted
    counted = own
  }

  /**
   * Each walk may be one page ahead; more are shared among the walks of a job, and hold no more memory than they may. While as many
   * as the budget allows have arrived and wait to be landed, as many again are under way.
   */
  function mayAsk(): boolean {
    count()
    return counted === 0 || knowledge.pagesAhead < mostAhead()
  }

  function mostAhead(): number {
    if (connector.requestBudget !== null) return 1
    return Math.min(2 * client.atOnce, Math.max(2, Math.floor(aheadCharacters / Math.max(1, largestBody))))
  }

  function askAhead(at: PagePlace): WaitingPage {
    const abort = new AbortController()
    const drop = () => abort.abort(signal.aborted ? signal.reason : undefined)
    signal.addEventListener('abort', drop)
    const pager = pagerNow!
    const answer = ask(addressOf(at, pager), at, pager, { doubtful: false, until: abort.signal })
    const waiting: { arrived: Page | null } & WaitingPage = { answer, arrived: null, drop }
    const arrive = (page: Page) => {
      waiting.arrived = page
    }
    answer.then(arrive, () => {}).finally(() => signal.removeEventListener('abort', drop))
    return waiting
  }

  function guessesBehind({ page, from, keyed }: AnsweredPage, pager: Pager): readonly PagePlace[] {
    return keyed === null ? pager.guess(from, page.body).slice(0, Math.max(1, mostAhead())) : []
  }

  /** The page that goes on behind another, if it has arrived and has no more characters than that. */
  function nextArrived(
    { keyed }: AnsweredPage,
    [guess]: readonly PagePlace[],
    room: number,
  ): AnsweredPage | null {
    if (keyed !== null) {
      const next = keys.takeArrived(keyed.keys.at(-1)!, room)
      return next && { page: next.page, from: beyond(next.after), keyed: next.seen }
    }
    if (guess === undefined) return null
    const page = guesses.takeArrived(guess, room)
    return page && { page, from: guess, keyed: null }
  }

  /** By a key of numbers, from a page that may begin a little before. */
  async function takeKeyed(at: PagePlace): Promise<AnsweredPage | null> {
    const after = wholeKeyOf(at)
    const taken = after === null ? null : await keys.take(after)
    return taken === null
      ? null
      : { page: taken.page, keyed: taken.seen, from: beginningAt(at, taken.after, taken.repeats) }
  }

  function forget(): void {
    guesses.forget()
    keys.forget()
    count()
  }

  return {
    addressOf,
    async page(at, pager, { again, doubtful }) {
      pagerNow = pager
      const askNow = () => ask(addressOf(at, pager), at, pager, { doubtful, until: signal })
      if (again) return { page: await askNow(), from: at, keyed: null }
      const waiting = guesses.take(at)?.answer
      const keyed = waiting === undefined ? await takeKeyed(at) : null
      const answered = keyed ?? { page: await (waiting ?? askNow()), from: at, keyed: null }
      return { ...answered, keyed: answered.keyed ?? pager.keyed(answered.from, answered.page.body) }
    },
    behind(first, pager, most) {
      const arrived: AnsweredPage[] = []
      let last = first
      let places = guessesBehind(last, pager)
      let room = mostTogether.characters - first.page.body.length
      while (arrived.length < most) {
        const next = nextArrived(last, places, room)
        if (next === null) break
        arrived.push(next)
        room -= next.page.body.length
        last = next
        places = guessesBehind(last, pager)
      }
      largestBody = Math.max(largestBody, last.page.body.length)
      if (last.keyed !== null) keys.goOn(last.keyed, last.from.after !== undefined || facts.keyset === true)
      guesses.goOn(places)
      count()
      return arrived
    },
    placeOf(arrived, at, pager) {
      if (arrived.keyed === null)
        return addressOf(at, pager).href === addressOf(arrived.from, pager).href ? at : null
      const [wanted, after] = [wholeKeyOf(at), Number(arrived.from.after)]
      if (wanted === null || after > wanted) return null
      const repeats = arrived.keyed.keys.filter((key) => key <= wanted).length
      return repeats < arrived.keyed.keys.length ? beginningAt(at, after, repeats) : null
    },
    forget,
    async count(pager, limit = 1) {
      const first = { ...start, limit }
      if ('link' in pager.request(first)) return null
      const url = addressOf(first, pager)
      const page = await (limit > 0
        ? client.get(url, signal)
        : client.get(url, signal, { retries: 0 }).catch(noAnswer))
      const count = /"@odata\.count"\s*:\s*"?(\d+)/.exec(page?.body ?? '')?.[1]
      if (page === null || count === undefined) return null
      const isEmpty = readBody(page.body, ['value'], [])?.records.length === 0
      return limit > 0 || isEmpty ? Number(count) : null
    },
    async gives(page, pager) {
      const answer = await client.get(addressOf(page, pager), signal, { retries: 0 }).catch(noAnswer)
      return (readBody(answer?.body ?? '', job.recordPath ?? ['value'], [])?.records.length ?? 0) > 0
    },
    async answers(pager) {
      const first = addressOf({ ...start, limit: 1 }, pager)
      const page = await client.get(first, signal, { retries: 1 }).catch(noAnswer)
      return page !== null && readBody(page.body, job.recordPath ?? ['value'], []) !== null
    },
    withoutKeyIn(place) {
      const { link } = place.page
      if (link === undefined) return place
      return {
        ...place,
        page: { ...place.page, link: withoutKey(linkedUrl(link, target), connector, instance).href },
      }
    },
    belowBase(url) {
      const { pathname, search } = withoutKey(url, connector, instance)
      const base = new URL(instance.address).pathname.replace(/\/+$/, '')
      return { path: pathname.slice(base.length), query: search }
    },
  }
}

/** What waits to be landed may take so much memory, of two bytes each at most. */
const aheadCharacters = 16_000_000

function beyond(after: number): PagePlace {
  return { ...start, after: String(after) }
}

/** The key beyond which to read, where it is a number that JavaScript holds to the last digit. */
function wholeKeyOf({ after, skip }: PagePlace): number | null {
  if (after === undefined || skip !== undefined) return null
  return /^-?\d+$/.test(after) && Number.isSafeInteger(Number(after)) ? Number(after) : null
}

/** The same place, read from a page that begins a little before. */
function beginningAt(at: PagePlace, after: number, repeats: number): PagePlace {
  if (repeats === 0 && String(after) === at.after) return at
  return { ...at, after: String(after), repeats, base: at.received + at.passed - repeats }
}

/** For a question that is no part of the walk: who fails at it has said nothing. */
function noAnswer(error: unknown): null {
  if (error instanceof SourceError && failures.has(error.code)) return null
  throw error
}

const failures: ReadonlySet<string> = new Set([
  'SOURCE_REJECTED',
  'SOURCE_NOT_FOUND',
  'SOURCE_FAILING',
  'SOURCE_TIMEOUT',
  'SOURCE_CONNECTION',
  'SOURCE_UNREADABLE_PAGE',
  'SOURCE_NOT_JSON',
])
