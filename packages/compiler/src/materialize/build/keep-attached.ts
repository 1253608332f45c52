import {
  type ConstraintFacts,
  type IndexFacts,
  type PublishAction,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type RelationFacts,
  type RelationName,
} from '@strata/core'
import { isOurs } from '../options/physical-options.ts'
import { beside } from './beside.ts'

export interface Kept {
  /** Put it on the relation that is built beside. */
  readonly actions: readonly PublishAction[]
  /** Last of all: nobody writes to the tables that they refer to until the commit. */
  readonly foreignKeys: readonly PublishAction[]
  /** Indexes that get the names of the former relation's in the exchange. */
  readonly renames: readonly { readonly from: string; readonly to: string }[]
}

/**
 * What somebody put on a table by hand is put on the one that takes its place, before it does: constraints, NOT NULL and
 * indexes. An index or NOT NULL of a column that is gone goes with it, as when the column is dropped; whatever else
 * fails, fails the step.
 */
export function keepAttached(
  former: RelationFacts,
  built: RelationName,
  becomes: 'table' | 'materialized_view',
  ours: readonly string[],
  isOurConstraint: (constraint: ConstraintFacts) => boolean = () => false,
): Kept {
  const target = quoteRelation(built)
  const constraints =
    becomes === 'table' && former.kind === 'table'
      ? former.constraints.filter((one) => !isOurConstraint(one) && !ours.includes(one.name))
      : []
  const behind = new Set(former.indexes.filter(({ constraint }) => constraint).map(({ name }) => name))
  const indexes = former.indexes.filter(
    (index) => !index.constraint && index.valid && !isOurs(index) && !ours.includes(index.name),
  )
  const named = [
    ...indexes.map(({ name }) => name),
    ...constraints.filter(({ name, type }) => behind.has(name) && onIndex.has(type)).map(({ name }) => name),
  ]
  const added = (refers: boolean) =>
    constraints
      .filter(({ type }) => (type === 'foreign_key') === refers)
      .map((constraint) => addConstraint(target, constraint))
  return {
    foreignKeys: added(true),
    actions: [...added(false), ...indexes.map((index) => createIndex(target, index))],
    renames: named.map((name) => ({ from: beside(name), to: name })),
  }
}

const hint = 'Nothing was changed. Make the SELECT fit it, or drop it from the relation.'

const onIndex = new Set<ConstraintFacts['type']>(['primary_key', 'unique', 'exclusion'])

function addConstraint(target: string, { name, type, definition }: ConstraintFacts): PublishAction {
  if (type === 'not_null')
    return unlessColumnIsGone(
      `alter table ${target} alter column ${quoteIdentifier(name)} set not null`,
      `NOT NULL of column ${name}, which somebody set`,
    )
  const called = quoteIdentifier(onIndex.has(type) ? beside(name) : name)
  return {
    kind: 'execute',
    sql: `alter table ${target} add constraint ${called} ${definition}`,
    about: { what: `the constraint ${name}, which somebody added`, hint },
  }
}

function createIndex(target: string, index: IndexFacts): PublishAction {
  const what = index.unique ? 'unique index' : 'index'
  return unlessColumnIsGone(
    `create ${what} ${quoteIdentifier(beside(index.name))} on ${target} ${index.body}`,
    `the index ${index.name}, which somebody made`,
  )
}

function unlessColumnIsGone(sql: string, what: string): PublishAction {
  const body = `begin execute ${quoteLiteral(sql)}; exception when undefined_column then null; end`
  return { kind: 'execute', sql: `do ${quoteLiteral(body)}`, about: { what, hint } }
}
