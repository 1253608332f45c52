import {
  type Exchange,
  type ModelStep,
  type Publication,
  quoteRelation,
  type RelationFacts,
  type StepFacts,
} from '@strata/core'
import { commentActions } from './comments.ts'
import { decideIntent } from './decide-intent.ts'
import { takePlace } from './take-place.ts'

/** Columns dropped, renamed, reordered or of another type: what CREATE OR REPLACE VIEW refuses. */
const columnsDiffer = '42P16'

/** A view is left alone while nothing about it changed, replaced where its columns allow, and exchanged otherwise. */
export function view(step: ModelStep, facts: StepFacts): Publication {
  const { intent, reason } = decideIntent(step, facts)
  if (intent === 'skip') return { action: 'none', reason, actions: [] }
  const select = step.select.full
  const { relation } = facts
  if (relation === null) {
    const create = { kind: 'execute', sql: createView(step, 'create view', []), select } as const
    return { action: 'build', reason, actions: [create, ...commentActions(step, 'view')] }
  }
  const exchange = relation.kind === 'view' ? replaceInPlace(step, relation) : createAnew(step, relation)
  return {
    action: 'replace',
    reason,
    actions: [{ kind: 'exchange', ...exchange }, ...commentActions(step, 'view')],
  }
}

function replaceInPlace(step: ModelStep, relation: RelationFacts): Exchange {
  return {
    name: step.relation,
    locks: [],
    statements: [createView(step, 'create or replace view', relation.options)],
    select: step.select.full,
    repoint: [],
    carryOver: [],
    former: null,
    otherwise: { sqlstates: [columnsDiffer], exchange: createAnew(step, relation) },
  }
}

function createAnew(step: ModelStep, relation: RelationFacts): Exchange {
  const options = relation.kind === 'view' ? relation.options : []
  const create = createView(step, 'create view', options)
  return { ...takePlace(step.relation, relation, 'view', [create]), select: step.select.full }
}

/** The options are repeated always: CREATE OR REPLACE VIEW silently drops those that are not (security_barrier!). */
function createView(step: ModelStep, verb: string, options: readonly string[]): string {
  const withOptions = options.length === 0 ? '' : ` with (${options.join(', ')})`
  return `${verb} ${quoteRelation(step.relation)}${withOptions} as\n${step.select.full}`
}
