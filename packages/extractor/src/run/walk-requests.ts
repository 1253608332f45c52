import { SourceError } from '@strata/core'
import { withoutKey } from '../http/authorization.ts'
import type { Page } from '../http/instance-client.ts'
import { linkedUrl, pageUrl } from '../http/page-url.ts'
import type { EndpointFacts } from '../probe/endpoint-facts.ts'
import { startParameter } from './asked.ts'
import { createKeysAhead, type KeyedPage, type WaitingPage } from './keys-ahead.ts'
import { type PagePlace, type Pager, start } from './pagers/pager.ts'
import { readBody } from './read-body.ts'
import type { Asked } from './spans.ts'
import type { WalkPlace } from './walk-place.ts'
import type { WalkOptions } from './walk-slice.ts'

/** The requests of one walk: pages, some of them ahead of their turn, and counts. */
export interface WalkRequests {
  addressOf(page: PagePlace, pager: Pager): URL
  /**
   * The page, and those behind it that are likely to be wanted; `again`: neither the one that was asked for ahead, nor any ahead.
   * `doubtful`: a record before it could not be read, and this one shows whether the API is down. `from`: where the page was asked
   * for, which may be a little before `at`.
   */
  page(
    at: PagePlace,
    pager: Pager,
    how: { readonly again: boolean; readonly doubtful: boolean },
  ): Promise<{ readonly page: Page; readonly from: PagePlace }>
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

interface Taken {
  readonly page: Page
  readonly from: PagePlace
  readonly seen: KeyedPage | null
}

export function createRequests(
  { client, connector, instance, knowledge, place: { job, parameters } }: WalkOptions,
  asked: Asked,
  facts: EndpointFacts,
  signal: AbortSignal,
): WalkRequests {
  const ahead = new Map<string, WaitingPage>()
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
    ask: (after) => askAhead({ ...start, after: String(after) }, pagerNow!),
    look: (after, { body }) => pagerNow?.keyed({ ...start, after: String(after) }, body) ?? null,
    mayAsk,
  })
  signal.addEventListener('abort', forget, { once: true })

  function count(): void {
    const own = ahead.size + keys.size
    knowledge.pagesAhead += own - counted
    counted = own
  }

  /** Each walk may be one page ahead; more are shared among the walks of a job, and hold no more memory than they may. */
  function mayAsk(): boolean {
    count()
    return counted === 0 || knowledge.pagesAhead < mostAhead()
  }

  function mostAhead(): number {
    if (connector.requestBudget !== null) return 1
    return Math.min(client.atOnce, Math.max(2, Math.floor(aheadCharacters / Math.max(1, largestBody))))
  }

  function askAhead(at: PagePlace, pager: Pager): WaitingPage {
    const abort = new AbortController()
    const drop = () => abort.abort(signal.aborted ? signal.reason : undefined)
    signal.addEventListener('abort', drop)
    const answer = ask(addressOf(at, pager), at, pager, { doubtful: false, until: abort.signal })
    answer.catch(() => {}).finally(() => signal.removeEventListener('abort', drop))
    return { answer, drop }
  }

  function askBehind(at: PagePlace, pager: Pager, { body }: Page, seen: KeyedPage | null): void {
    largestBody = Math.max(largestBody, body.length)
    const keyed = seen ?? pager.keyed(at, body)
    if (keyed !== null) keys.goOn(keyed, at.after !== undefined || facts.keyset === true)
    const places = keyed !== null ? [] : pager.guess(at, body).slice(0, Math.max(1, mostAhead()))
    const guesses = new Map(places.map((guess) => [addressOf(guess, pager).href, guess]))
    for (const [href, { drop }] of ahead) {
      if (guesses.has(href)) continue
      ahead.delete(href)
      drop()
    }
    for (const [href, guess] of guesses)
      if (!ahead.has(href) && mayAsk()) ahead.set(href, askAhead(guess, pager))
    count()
  }

  /** By a key of numbers, from a page that may begin a little before. */
  async function takeKeyed(at: PagePlace): Promise<Taken | null> {
    if (at.after === undefined || at.skip !== undefined || !isWhole(at.after)) return null
    const taken = await keys.take(Number(at.after))
    if (taken === null) return null
    const { page, seen, after, repeats } = taken
    if (String(after) === at.after) return { page, seen, from: at }
    const base = at.received + at.passed - repeats
    return { page, seen, from: { ...at, after: String(after), repeats, base } }
  }

  function forget(): void {
    for (const { drop } of ahead.values()) drop()
    ahead.clear()
    keys.forget()
    count()
  }

  return {
    addressOf,
    async page(at, pager, { again, doubtful }) {
      pagerNow = pager
      const url = addressOf(at, pager)
      const waiting = again ? undefined : ahead.get(url.href)?.answer
      ahead.delete(url.href)
      const keyed = again || waiting !== undefined ? null : await takeKeyed(at)
      const taken = keyed ?? {
        page: await (waiting ?? ask(url, at, pager, { doubtful, until: signal })),
        seen: null,
        from: at,
      }
      if (!again) askBehind(taken.from, pager, taken.page, taken.seen)
      return taken
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

/** A JSON number that JavaScript holds to the last digit. */
function isWhole(json: string): boolean {
  return /^-?\d+$/.test(json) && Number.isSafeInteger(Number(json))
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
