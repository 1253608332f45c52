import { type AfterStatement, type ModelStep, quoteRelation, type StepFacts } from '@strata/core'
import { refreshesInPlace } from './refresh-in-place.ts'

/**
 * Statistics objects and targets of columns have names that only one table can have: the new one gets them in the exchange,
 * long after it was analyzed. What they ask for is gathered when everybody can read it.
 */
export function analyzeAgain(step: ModelStep, { relation }: StepFacts): readonly AfterStatement[] {
  if (relation === null || refreshesInPlace(step, relation)) return []
  if (!relation.carryOver.some((statement) => asksForStatistics.test(statement))) return []
  const hint = 'Only the planner misses it.'
  return [{ sql: `analyze ${quoteRelation(step.relation)}`, about: { what: 'its ANALYZE', hint } }]
}

const asksForStatistics = /^create statistics\b|^alter .* alter column .* set (statistics \d|\(n_distinct)/is
