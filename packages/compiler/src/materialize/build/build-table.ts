import { deriveName, type ModelStep, type PublishAction, quoteRelation, type StepFacts } from '@strata/core'
import { trackChanges } from './change-column.ts'
import { fillTable } from './fill-table.ts'
import { refreshesInPlace, refreshInPlace } from './refresh-in-place.ts'
import { refuseEmpty } from './refuse-empty.ts'
import { takeOver } from './take-over.ts'

export interface TableShape {
  /** What fills the table: the model's SELECT, or a statement around it. */
  readonly select: string
  /** Null-safe unique key; empty: none. */
  readonly key: readonly string[]
  /** The rows carry the transaction that wrote them, for incremental models that read this one. */
  readonly tracksChanges: boolean
}

/** Builds a table whole: beside the one that is there, or in place where other objects are bound to that one. */
export function buildTable(step: ModelStep, facts: StepFacts, shape: TableShape): readonly PublishAction[] {
  const { relation } = facts
  if (relation !== null && refreshesInPlace(step, relation)) {
    return refreshInPlace(step, facts, relation, shape, (select) =>
      buildBeside(step, facts, { ...shape, select }, 'table'),
    )
  }
  return buildBeside(step, facts, shape, 'table')
}

/**
 * Where a relation of that name exists, the new one is built beside it and takes its place in the end, so that nobody
 * ever sees a missing or an empty relation. All of it is one transaction: a run that dies leaves nothing behind, so a relation
 * that has the name of the new one already is a stranger's, and the statement fails. Throws `BOUND_OBJECTS`.
 */
export function buildBeside(
  step: ModelStep,
  facts: StepFacts,
  shape: TableShape,
  kind: 'table' | 'materialized_view',
): readonly PublishAction[] {
  const { relation } = step
  const former = facts.relation
  const built =
    former === null ? relation : { schema: relation.schema, name: deriveName(relation.name, '__strata_new') }
  const target = quoteRelation(built)
  const { dress, publish, storage } = takeOver(step, former, built, kind, shape, facts.contract)
  return [
    ...fillTable(
      step,
      { create: createVerb(step, kind), name: target, tail: storage },
      { from: shape.select, select: step.select.full, counts: 'rows' },
    ),
    ...refuseEmpty(step, former, target),
    ...(shape.tracksChanges ? trackChanges(step, built) : []),
    ...dress,
    { kind: 'execute', sql: `analyze ${target}` },
    ...publish,
  ]
}

function createVerb(step: ModelStep, kind: 'table' | 'materialized_view'): string {
  if (kind === 'materialized_view') return 'create materialized view'
  return step.config['unlogged'] === true ? 'create unlogged table' : 'create table'
}
