import {
  deriveName,
  type ModelStep,
  type PublishAction,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type RelationFacts,
  type RelationName,
  type StepFacts,
} from '@strata/core'
import { commentActions } from './comments.ts'
import { assertNoDuplicates } from './duplicate-keys.ts'
import { takePlace } from './take-place.ts'

export interface TableShape {
  /** What fills the table: the model's SELECT, or a statement around it. */
  readonly select: string
  /** Null-safe unique key; empty: none. */
  readonly key: readonly string[]
  /** The rows carry the transaction that wrote them, for incremental models that read this one. */
  readonly tracksChanges: boolean
}

/** The column that tells increments apart; see the rule R4 of the design. */
export const changeColumn = 'changed_xid'

/**
 * Builds a table whole. Where a relation of that name exists, the new one is built beside it and takes its place in
 * the end, so that nobody ever sees a missing or an empty table. All of it is one transaction: a run that dies leaves
 * nothing behind, so a relation that has the name of the new one already is a stranger's, and the statement fails.
 */
export function buildTable(step: ModelStep, facts: StepFacts, shape: TableShape): readonly PublishAction[] {
  const { relation } = step
  const built =
    facts.relation === null
      ? relation
      : { schema: relation.schema, name: deriveName(relation.name, '__strata_new') }
  const target = quoteRelation(built)
  const indexes = indexesOf(step, shape)
  return [
    {
      kind: 'execute',
      sql: `create table ${target} as\n${shape.select}`,
      select: step.select.full,
      counts: 'rows',
    },
    ...(shape.tracksChanges ? trackChanges(step, built) : []),
    ...assertNoDuplicates(step, target, shape.key),
    ...indexes.map(
      (index): PublishAction => ({
        kind: 'execute',
        sql: `create ${index.what} ${quoteIdentifier(facts.relation === null ? index.name : index.builtName)} on ${target} ${index.columns}`,
      }),
    ),
    { kind: 'execute', sql: `analyze ${target}` },
    ...(facts.relation === null ? [] : [exchange(relation, built, facts.relation, indexes)]),
    ...commentActions(step, 'table'),
  ]
}

interface Index {
  readonly what: string
  readonly columns: string
  readonly name: string
  /** While the former table, whose index may have the final name, is still there. */
  readonly builtName: string
}

function indexesOf(step: ModelStep, shape: TableShape): readonly Index[] {
  const indexes: Index[] = []
  const add = (what: string, columns: string, suffix: string) =>
    indexes.push({
      what,
      columns,
      name: deriveName(step.relation.name, `__strata_${suffix}`),
      builtName: deriveName(step.relation.name, `__strata_new_${suffix}`),
    })
  if (shape.key.length > 0)
    add('unique index', `(${shape.key.map(quoteIdentifier).join(', ')}) nulls not distinct`, 'key')
  if (shape.tracksChanges) add('index', `(${quoteIdentifier(changeColumn)})`, 'changed')
  return indexes
}

/** A change column copied from a parent would carry the parent's transactions, and children would miss rows. */
function trackChanges(step: ModelStep, built: RelationName): readonly PublishAction[] {
  const target = quoteRelation(built)
  return [
    {
      kind: 'assert_empty',
      sql: `select attname as key from pg_attribute\nwhere attrelid = ${quoteLiteral(target)}::regclass and attname = ${quoteLiteral(changeColumn)}`,
      code: 'RESERVED_COLUMN',
      message: `${step.name} is read incrementally by other models, so its column ${changeColumn} is kept by Strata`,
      hint: `Leave ${changeColumn} out of the SELECT, or give it another name there.`,
    },
    {
      kind: 'execute',
      sql: `alter table ${target} add column ${quoteIdentifier(changeColumn)} xid8 not null default pg_current_xact_id()`,
    },
  ]
}

function exchange(
  relation: RelationName,
  built: RelationName,
  former: RelationFacts,
  indexes: readonly Index[],
): PublishAction {
  const { schema } = relation
  const renameIndex = (from: string, to: string) =>
    `alter index ${quoteRelation({ schema, name: from })} rename to ${quoteIdentifier(to)}`
  const taken = former.indexes.filter((index) => indexes.some(({ name }) => name === index.name))
  return {
    kind: 'exchange',
    ...takePlace(relation, former, 'table', [
      `alter table ${quoteRelation(built)} rename to ${quoteIdentifier(relation.name)}`,
      ...taken.map((index) => renameIndex(index.name, deriveName(index.name, `_old_${former.oid}`))),
      ...indexes.map((index) => renameIndex(index.builtName, index.name)),
    ]),
  }
}
