import type { EndpointFacts } from '../probe/endpoint-facts.ts'
import type { EndpointKnowledge } from './endpoint-knowledge.ts'
import { mayHide, type Pager } from './pagers/pager.ts'
import type { WalkPlace } from './walk-place.ts'
import type { WalkRequests } from './walk-requests.ts'

/** Whether the span brought less than the API counts, before and after. */
export function isShort(at: WalkPlace, facts: EndpointFacts): boolean {
  if (at.promised === null || facts.countHonest === false) return false
  return at.distinct + at.page.passed < leastOf(at)
}

/** How many records the span has to bring. */
export function leastOf({ promised, page }: WalkPlace): number {
  const [before, after] = promised ?? [0, 0]
  // Where records were removed on the way, others may have taken their places unseen; beyond a key nobody counts what was never in its order.
  return mayHide(page) || page.after !== undefined ? before : Math.min(before, after)
}

/** Asks the API for its count once more: what was removed during the walk is not missing. */
export async function isStillShort(at: WalkPlace, pager: Pager, requests: WalkRequests): Promise<boolean> {
  // Read twice with the same result, several records share a key.
  if (at.attempt === 2 && at.page.received >= leastOf(at)) return false
  const [before, after] = at.promised ?? [0, 0]
  if (mayHide(at.page) && after < before) return true
  const count = await requests.count(pager)
  return count === null || at.distinct + at.page.passed < count
}

/** Whether the windows of a walk brought less than there is: records whose date no filter of the API finds. */
export async function isPieceMissing(
  { before, distinct, page }: WalkPlace,
  facts: EndpointFacts,
  whole: Pager,
  requests: WalkRequests,
): Promise<boolean> {
  if (facts.countHonest === false) return false
  const count = await requests.count(whole)
  return count !== null && before + distinct + page.passed < count
}

/**
 * Whether all that the API counts came with the first page, and its count is that of all records: then no request is needed that
 * finds nothing. Of one record alone the count is asked for with none: a count of the page would be 0. That is no proof as long as no
 * page has been seen to hold more: the API may cut all of them to one, and count pages.
 */
export async function isAllThereIs(
  { page, promised }: WalkPlace,
  pager: Pager,
  requests: WalkRequests,
  knowledge: EndpointKnowledge,
): Promise<boolean> {
  const reached =
    promised !== null &&
    page.counted === false &&
    page.received > 0 &&
    page.received === page.largest &&
    page.received === promised[1] &&
    page.link === undefined
  if (!reached || (page.received === 1 && knowledge.largestPage < 2)) return false
  const limit = page.received > 1 ? 1 : 0
  return await knowledge.proveCount(limit, async () => (await requests.count(pager, limit)) === promised[1])
}
