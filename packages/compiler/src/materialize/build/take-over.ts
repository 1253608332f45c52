import {
  type Concern,
  deriveName,
  type Exchange,
  type Json,
  type ModelStep,
  type Step as PlannedStep,
  type PublishAction,
  quoteIdentifier,
  quoteRelation,
  type RelationFacts,
  type RelationName,
  type StoredContract,
} from '@strata/core'
import { type ConstraintDress, constrain, isOurConstraint } from '../contract/constraints.ts'
import { markIndex } from '../options/apply-options.ts'
import { carriedComments, commentActions } from '../options/comments.ts'
import { grantActions } from '../options/grants.ts'
import { comesUnderPolicies, invoking, letViewsInvoke } from '../options/invoker-views.ts'
import { keyConstraint } from '../options/key-constraint.ts'
import {
  type IndexedShape,
  storageOptions,
  type WantedIndex,
  wantedIndexes,
} from '../options/physical-options.ts'
import { aboutPolicies, policyStatements } from '../options/policies.ts'
import { beside } from './beside.ts'
import { assertUnbound } from './bound-objects.ts'
import { enforceKey } from './enforce-key.ts'
import { gateOn } from './gate-on.ts'
import { type Kept, keepAttached } from './keep-attached.ts'
import { takePlace } from './take-place.ts'

export interface TakeOver {
  /** Indexes and constraints for the relation that was filled beside. */
  readonly dress: readonly PublishAction[]
  /** The exchange, where there is a former relation, and what the configuration says of grants and comments. */
  readonly publish: readonly PublishAction[]
  /** Storage parameters, as they stand behind the name in CREATE TABLE. */
  readonly storage: string
}

type Step = Pick<
  ModelStep,
  'name' | 'relation' | 'description' | 'columnDescriptions' | 'gated' | 'contract'
> & {
  readonly kind?: PlannedStep['kind']
  readonly config: { readonly [option: string]: Json }
}

/**
 * How a relation that is built under a name of its own gets the place of a former one, with all that its configuration asks
 * for and that others have put on that one. Throws `BOUND_OBJECTS`.
 */
export function takeOver(
  step: Step,
  former: RelationFacts | null,
  built: RelationName,
  kind: 'table' | 'materialized_view',
  shape: IndexedShape,
  promised?: StoredContract,
): TakeOver {
  if (former !== null) assertUnbound(step, former)
  const keeper = kind === 'table' ? keyConstraint(step.contract, shape.key) : null
  const ofKey = keeper === null ? shape.key : []
  const indexes = wantedIndexes(step.relation, { ...shape, key: ofKey }, step.config['indexes'])
  const names = indexes.map(({ name }) => name)
  const own =
    kind === 'table'
      ? constrain(step, built, former !== null, keeper)
      : { keeper: null, actions: [], foreignKeys: [], names: [] }
  const wanted = kind === 'table' ? (step.contract?.constraints ?? []) : []
  const taken = [...names, ...wanted.map(({ name }) => name)]
  const kept: Kept =
    former === null
      ? { actions: [], foreignKeys: [], renames: [] }
      : keepAttached(former, built, kind, taken, (one) => isOurConstraint(one, promised))
  return {
    dress: [
      ...(own.keeper === null ? [] : keepKey(step, built, shape.key, own.keeper)),
      ...indexes.flatMap((index, place) => {
        const name = former === null ? index.name : beside(index.name)
        const [create, ...rest] = createIndex(index, built, name)
        // That of the key is the first.
        return place === 0 && ofKey.length > 0
          ? enforceKey(step, built, ofKey, create, name)
          : [{ kind: 'execute', ...create } as const, ...rest]
      }),
      ...own.actions,
      ...kept.actions,
      ...(kind === 'table' ? policies(step, built) : []),
    ],
    publish: [
      ...(former === null ? [] : gateOn(step, built)),
      ...own.foreignKeys,
      ...kept.foreignKeys,
      ...(former === null ? [] : [exchange(step, built, former, kind, [...names, ...own.names], kept)]),
      ...(former === null || kind !== 'table' ? [] : afterExchange(step, former)),
      ...grantActions(step, former?.grants ?? null),
      ...commentActions(step, spoken(kind), carriedComments(former, former?.kind === kind)),
    ],
    storage: withStorage(step, former),
  }
}

/** Those that Strata made are not carried over: they are made on the new table, before anybody sees it. */
function policies(step: Step, built: RelationName): readonly PublishAction[] {
  return policyStatements(step.config, built).map((sql) => ({ kind: 'execute', sql, about: aboutPolicies }))
}

/** What is carried over switches row-level security on also where nobody asks for it any more. */
function afterExchange(step: Step, former: RelationFacts): readonly PublishAction[] {
  if (step.config['policies'] !== undefined && step.config['policies'] !== null) return []
  const without = policyStatements(step.config, step.relation, former.rowSecurity)
  return without
    .filter((sql) => sql.startsWith('alter table'))
    .map((sql) => ({ kind: 'execute', sql, about: aboutPolicies }))
}

function spoken(kind: 'table' | 'materialized_view'): 'table' | 'materialized view' {
  return kind === 'table' ? 'table' : 'materialized view'
}

/** What a DBA has set of storage parameters stays. */
function withStorage(step: Step, former: RelationFacts | null): string {
  const present = former === null || former.kind === 'view' ? [] : former.options
  const options = storageOptions(step, present)
  return options.length === 0 ? '' : ` with (${options.join(', ')})`
}

function keepKey(
  step: Step,
  built: RelationName,
  key: readonly string[],
  { name, marks, ...enforce }: NonNullable<ConstraintDress['keeper']>,
): readonly PublishAction[] {
  return [...enforceKey(step, built, key, enforce, name), ...marks]
}

function createIndex(
  { what, body, about, mark }: WantedIndex,
  built: RelationName,
  name: string,
): readonly [{ readonly sql: string; readonly about: Concern }, ...PublishAction[]] {
  const sql = `create ${what} ${quoteIdentifier(name)} on ${quoteRelation(built)} ${body}`
  if (mark === null) return [{ sql, about }]
  const made = quoteRelation({ schema: built.schema, name })
  return [
    { sql, about },
    { kind: 'execute', sql: markIndex(made, mark) },
  ]
}

function exchange(
  { relation, config }: Step,
  built: RelationName,
  former: RelationFacts,
  kind: 'table' | 'materialized_view',
  indexes: readonly string[],
  kept: Kept,
): PublishAction {
  const { schema } = relation
  const rename = (from: string, to: string, unless = '') =>
    `alter index ${unless}${quoteRelation({ schema, name: from })} rename to ${quoteIdentifier(to)}`
  const arriving = [...indexes, ...kept.renames.map(({ to }) => to)]
  const taken = former.indexes.filter(({ name }) => arriving.includes(name))
  const isRead = former.dependentViews.some((view) => view.direct && view.kind === 'view')
  const guarded = isRead && kind === 'table' && comesUnderPolicies(config, former)
  const readers = guarded ? former.dependentViews.map(invoking) : former.dependentViews
  const taking = takePlace(relation, { ...former, dependentViews: readers }, kind, [
    `alter ${spoken(kind)} ${quoteRelation(built)} rename to ${quoteIdentifier(relation.name)}`,
    ...taken.map(({ name }) => rename(name, deriveName(name, `_old_${former.oid}`))),
    ...indexes.map((name) => rename(beside(name), name)),
    // An index of a column that is gone was not made.
    ...kept.renames.map(({ from, to }) => rename(from, to, 'if exists ')),
  ])
  return { kind: 'exchange', ...(guarded ? guardReaders(taking) : taking) }
}

/** A view that cannot follow yet would show the rows of the former table to everybody: until its own step it shows none. */
function guardReaders(taking: Exchange): Exchange {
  const { former, locks, statements, name } = taking
  const closed =
    former?.kind === 'table'
      ? [`alter table ${quoteRelation(former.relation)} enable row level security`]
      : []
  const [order, rest] = [locks.slice(0, 1), locks.slice(1)]
  return {
    ...taking,
    locks: [...order, letViewsInvoke(name), ...rest],
    statements: [...statements, ...closed],
  }
}
