import type { EndpointJob } from '@strata/core'
import type { EndpointFacts } from '../probe/endpoint-facts.ts'
import type { WalkPlace } from './walk-place.ts'

/** What a span that came to its end has shown of the endpoint. */
export function lessonsOf(
  { promised, distinct, page, nulls, early }: WalkPlace,
  known: EndpointFacts,
  largestPage: number,
): EndpointFacts {
  return {
    // It may count pages: more than it counts is no proof, and one record may be one page.
    ...(promised !== null &&
      page.counted === true &&
      distinct + page.passed === promised[1] &&
      (distinct > 1 || largestPage > 1) &&
      known.countHonest === undefined && { countHonest: true }),
    ...(nulls && known.cursorNulls !== true && { cursorNulls: true }),
    ...(early && known.cursorEarly !== true && { cursorEarly: true }),
  }
}

/**
 * A list without envelope that is cut at the same place wherever it is asked for looks like one that is complete: all that can be told of
 * it is that the number of its records, `last` on the last page and `all` in all, is one at which lists are cut.
 */
export function roundnessOf(
  job: EndpointJob,
  last: number,
  all: number,
  { roundList = null }: EndpointFacts,
): EndpointFacts {
  const isRound = last === all && all >= 100 && (all % 100 === 0 || Number.isInteger(Math.log2(all)))
  if (isRound) return roundList === null || job.slices.length === 0 ? { roundList: all } : {}
  // Of several slices one is enough.
  return roundList === null || job.slices.length > 0 ? {} : { roundList: null }
}
