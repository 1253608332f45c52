import type { ModelStep, Publication, StepFacts } from '@strata/core'
import { analyzeAgain } from './build/analyze-again.ts'
import { buildTable } from './build/build-table.ts'
import { decideIntent } from './decide-intent.ts'

/**
 * A table is built whole at every run, beside the one that readers see. Only one that is to be refreshed in place needs its
 * unique key, which makes that fast.
 */
export function table(step: ModelStep, facts: StepFacts): Publication {
  const { intent, reason } = decideIntent(step, facts)
  const key = step.config['publish'] === 'in_place' ? step.config.uniqueKey : []
  const actions = buildTable(step, facts, { select: step.select.full, key, tracksChanges: false })
  const after = analyzeAgain(step, facts)
  return {
    action: intent === 'build' ? 'build' : 'rebuild',
    reason,
    actions,
    ...(after.length > 0 ? { after } : {}),
  }
}
