import {
  type Exchange,
  type ModelStep,
  type Publication,
  type PublishAction,
  quoteRelation,
  type RelationFacts,
  type StepFacts,
} from '@strata/core'
import { takePlace } from './build/take-place.ts'
import { decideIntent } from './decide-intent.ts'
import { carriedComments, commentActions } from './options/comments.ts'
import { grantActions } from './options/grants.ts'

/** Columns dropped, renamed, reordered or of another type: what CREATE OR REPLACE VIEW refuses. */
const columnsDiffer = '42P16'

/** A view is left alone while nothing about it changed, replaced where its columns allow, and exchanged otherwise. */
export function view(step: ModelStep, facts: StepFacts): Publication {
  const { intent, reason } = decideIntent(step, facts)
  const select = step.select.full
  const { relation } = facts
  if (intent === 'skip') return leftAlone(step, reason, relation)
  if (relation === null) {
    const create = { kind: 'execute', sql: createView(step, 'create view', []), select } as const
    return { action: 'build', reason, actions: [create, ...dressUp(step, null)] }
  }
  const exchange = relation.kind === 'view' ? replaceInPlace(step, relation) : createAnew(step, relation)
  return {
    action: 'replace',
    reason,
    actions: [{ kind: 'exchange', ...exchange }, ...dressUp(step, relation)],
  }
}

/** Its grants and comments have no part in its definition. */
function leftAlone(step: ModelStep, reason: string, relation: RelationFacts | null): Publication {
  const actions = relation?.kind === 'view' ? dressUp(step, relation) : []
  if (actions.length === 0) return { action: 'none', reason, actions }
  return { action: 'alter', reason: 'its grants or comments changed', actions }
}

function dressUp(step: ModelStep, former: RelationFacts | null): readonly PublishAction[] {
  return [
    ...grantActions(step, former?.grants ?? null),
    ...commentActions(step, 'view', carriedComments(former, former?.kind === 'view')),
  ]
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
