import type { JobStatus } from '@strata/extractor'
import { formatCount } from './format.ts'

/** What an endpoint does not do, in a few words each. What it does is not worth telling. */
export function describeFacts(facts: JobStatus['facts']): readonly string[] {
  return [
    ...(facts.supported === false ? ['endpoint not supported'] : []),
    ...(facts.top === false ? ['no $top'] : []),
    ...(facts.skip === false ? ['no $skip'] : []),
    ...(facts.orderBy === false ? ['no $orderby'] : []),
    ...(facts.filter === false ? ['no $filter'] : []),
    ...(facts.filter !== false && facts.compoundFilter === false ? ['no compound $filter'] : []),
    ...(facts.count === false ? ['no $count'] : []),
    ...(facts.count !== false && facts.countHonest === false ? ['$count is wrong'] : []),
    ...(typeof facts.topCap === 'number' ? [`at most ${facts.topCap} a page`] : []),
    ...(typeof facts.roundList === 'number'
      ? [`a bare list of ${formatCount(facts.roundList)} records, a round number: is it cut?`]
      : []),
    ...(facts.cursorField === null ? ['no change time'] : []),
    ...(facts.cursorNulls === true ? ['change times may be missing'] : []),
  ]
}
