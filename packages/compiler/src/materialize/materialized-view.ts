import {
  type ModelStep,
  type Publication,
  type PublishAction,
  quoteRelation,
  type RelationFacts,
  type StepFacts,
} from '@strata/core'
import { buildBeside, type TableShape } from './build/build-table.ts'
import { decideIntent, whyAnew } from './decide-intent.ts'
import { applyOptionsInside } from './options/apply-options.ts'

/**
 * A materialized view whose SQL is what it was is refreshed while others read it, which takes a unique index; without one,
 * and when its definition changed, it is built anew beside the one that readers see.
 */
export function materializedView(step: ModelStep, facts: StepFacts): Publication {
  const { intent, reason } = decideIntent(step, facts)
  const shape: TableShape = { select: step.select.full, key: step.config.uniqueKey, tracksChanges: false }
  const { relation } = facts
  const same = relation !== null && whyAnew(step, facts, relation) === null
  if (same && canRefresh(relation))
    return { action: 'rebuild', reason, actions: refresh(step, relation, shape) }
  return {
    action: intent === 'build' ? 'build' : 'rebuild',
    reason: same ? 'built anew, for it has no unique index to be refreshed by' : reason,
    actions: buildBeside(step, facts, shape, 'materialized_view'),
  }
}

function canRefresh(relation: RelationFacts): boolean {
  const { indexes, populated } = relation
  return populated && indexes.some(({ unique, valid, columns }) => unique && valid && columns !== null)
}

function refresh(step: ModelStep, relation: RelationFacts, shape: TableShape): readonly PublishAction[] {
  return [
    {
      kind: 'execute',
      sql: `refresh materialized view concurrently ${quoteRelation(step.relation)}`,
      about: {
        what: 'its refresh',
        hint: 'One row of the SELECT has each key: make it so by `select distinct on (…)`, or correct unique_key.',
        hintFor: ['21', '23'],
      },
    },
    ...applyOptionsInside(step, relation, shape),
  ]
}
