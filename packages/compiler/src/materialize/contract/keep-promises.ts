import type { ModelStep, Publication, StepFacts } from '@strata/core'
import { refreshesInPlace } from '../build/refresh-in-place.ts'
import { comesUnderPolicies, letViewsInvoke } from '../options/invoker-views.ts'
import { policyStatements } from '../options/policies.ts'
import { explainWrites } from './explain-writes.ts'
import { constraintChanges } from './live-constraints.ts'

/**
 * Brings constraints and policies of a table that stays to what the project says, by what differs; one that is built anew
 * has them before it is published.
 */
export function keepPromises(step: ModelStep, facts: StepFacts, publication: Publication): Publication {
  const { relation } = facts
  const explained = { ...publication, actions: explainWrites(step, publication.actions) }
  if (relation === null || relation.kind !== 'table' || !stays(step, facts, publication)) return explained
  const { first, said, after } = constraintChanges(step, relation, facts.contract)
  const policies = policyStatements(step.config, step.relation, relation.rowSecurity)
  // The views first, in the order in which their readers lock them.
  const views = comesUnderPolicies(step.config, relation) ? [letViewsInvoke(step.relation)] : []
  const statements = [...views, ...first, ...policies]
  const news = policies.length === 0 ? said : [...said, 'changes its policies']
  return {
    ...explained,
    actions:
      statements.length === 0
        ? explained.actions
        : [{ kind: 'alter_first', statements, said: news.join(', ') }, ...explained.actions],
    ...(after.length === 0 ? {} : { after: [...(publication.after ?? []), ...after] }),
  }
}

/** Each batch after the first transaction finds what that one has left. */
function stays(step: ModelStep, facts: StepFacts, { action }: Publication): boolean {
  if (step.config.materialized !== 'table' && step.config.materialized !== 'incremental') return false
  if (facts.window !== undefined && !facts.window.whole) return false
  return (
    action === 'increment' ||
    action === 'alter' ||
    (facts.relation !== null && refreshesInPlace(step, facts.relation))
  )
}
