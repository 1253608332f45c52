import { withoutKey } from '../http/authorization.ts'
import type { Page } from '../http/instance-client.ts'
import { linkedUrl, pageUrl } from '../http/page-url.ts'
import type { EndpointFacts } from '../probe/endpoint-facts.ts'
import { startParameter } from './asked.ts'
import { type PagePlace, type Pager, start } from './pagers/pager.ts'
import type { Asked } from './spans.ts'
import type { WalkPlace } from './walk-place.ts'
import type { WalkOptions } from './walk-slice.ts'

/** The requests of one walk: pages, some of them ahead of their turn, and counts. */
export interface WalkRequests {
  addressOf(page: PagePlace, pager: Pager): URL
  /**
   * The page, and those behind it that are likely to be wanted; `again`: neither the one that was asked for ahead, nor any ahead.
   * `doubtful`: a record before it could not be read, and this one shows whether the API is down.
   */
  page(
    at: PagePlace,
    pager: Pager,
    how: { readonly again: boolean; readonly doubtful: boolean },
  ): Promise<Page>
  /** What was asked for ahead is not wanted any more. */
  forget(): void
  /** The API's count of what the pager asks for; null: it gives none. */
  count(pager: Pager): Promise<number | null>
  /** The link as it may be stored: an API may repeat our key in it. */
  withoutKeyIn(place: WalkPlace): WalkPlace
  /** Path and query below the instance's base URL, without our key. */
  belowBase(url: URL): { readonly path: string; readonly query: string }
}

export function createRequests(
  { client, connector, instance, place: { job, parameters } }: WalkOptions,
  asked: Asked,
  facts: EndpointFacts,
  signal: AbortSignal,
): WalkRequests {
  const ahead = new Map<string, Promise<Page>>()
  const target = { job, instance, parameters }

  function addressOf(page: PagePlace, pager: Pager): URL {
    const asks = pager.request(page)
    if ('link' in asks) return linkedUrl(asks.link, target)
    const query = { ...asks.query, ...startParameter(asked, facts) }
    return pageUrl({ ...target, filters: asks.filters, query })
  }

  /** A page that can be halved is not insisted on; while it is being halved failures are expected; one record's failure must last. */
  function ask(url: URL, at: PagePlace, pager: Pager, doubtful: boolean): Promise<Page> {
    if (!pager.limitable || at.link !== undefined) return client.get(url, signal)
    if (at.limit === undefined) return client.get(url, signal, { retries: 2 })
    return client.get(url, signal, at.limit > 1 ? { retries: 0 } : doubtful ? { retries: 1 } : {})
  }

  function askAhead(at: PagePlace, pager: Pager, body: string): void {
    const guesses = pager.guess(at, body).map((guess) => ({ guess, url: addressOf(guess, pager) }))
    for (const known of [...ahead.keys()])
      if (!guesses.some(({ url }) => url.href === known)) ahead.delete(known)
    for (const { guess, url } of guesses) {
      if (ahead.has(url.href) || ahead.size >= connector.concurrency) continue
      const asking = ask(url, guess, pager, false)
      asking.catch(() => {})
      ahead.set(url.href, asking)
    }
  }

  return {
    addressOf,
    async page(at, pager, { again, doubtful }) {
      const url = addressOf(at, pager)
      const waiting = again ? undefined : ahead.get(url.href)
      ahead.delete(url.href)
      const page = await (waiting ?? ask(url, at, pager, doubtful))
      if (!again) askAhead(at, pager, page.body)
      return page
    },
    forget: () => ahead.clear(),
    async count(pager) {
      const first = { ...start, limit: 1 }
      if ('link' in pager.request(first)) return null
      const { body } = await client.get(addressOf(first, pager), signal)
      const count = /"@odata\.count"\s*:\s*"?(\d+)/.exec(body)?.[1]
      return count === undefined ? null : Number(count)
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
