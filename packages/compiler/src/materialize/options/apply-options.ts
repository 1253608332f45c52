import {
  type AfterStatement,
  type Concern,
  deriveName,
  type Json,
  type ModelStep,
  type PublishAction,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type RelationFacts,
} from '@strata/core'
import { commentActions } from './comments.ts'
import { grantActions } from './grants.ts'
import { keyConstraintIndex } from './key-constraint.ts'
import {
  concern,
  type IndexedShape,
  isOurs,
  storageOptions,
  type WantedIndex,
  wantedIndexes,
} from './physical-options.ts'

type Step = Pick<ModelStep, 'relation' | 'description' | 'columnDescriptions' | 'contract'> & {
  readonly config: { readonly [option: string]: Json }
}

export interface AppliedOptions {
  /** With the data: grants, comments, storage. */
  readonly inside: readonly PublishAction[]
  /** When the data is committed: indexes, which are built and dropped without holding anybody up. */
  readonly after: readonly AfterStatement[]
}

/** Brings the options of a relation that stays to what its configuration says. What is as it should be is not touched. */
export function applyOptions(step: Step, relation: RelationFacts, shape: IndexedShape): AppliedOptions {
  const kind = relation.kind === 'materialized_view' ? 'materialized view' : 'table'
  return {
    inside: [
      ...applyStorage(step, relation, kind),
      ...grantActions(step, relation.grants),
      ...commentActions(step, kind, relation),
    ],
    after: indexChanges(step, relation, shape).map(({ concurrently, about, unless }) => ({
      sql: concurrently,
      about,
      ...(unless === undefined ? {} : { unless }),
    })),
  }
}

/** The same for a relation that nobody else writes meanwhile, all in the transaction of the data. */
export function applyOptionsInside(
  step: Step,
  relation: RelationFacts,
  shape: IndexedShape,
): readonly PublishAction[] {
  return [
    ...indexChanges(step, relation, shape).map(({ inTransaction, about, holdsUpReaders }) =>
      holdsUpReaders
        ? alter(step, about, [inTransaction])
        : ({ kind: 'execute', sql: inTransaction, about } as const),
    ),
    ...applyOptions(step, relation, shape).inside,
  ]
}

interface IndexChange {
  readonly concurrently: string
  readonly inTransaction: string
  readonly about: Concern
  /** In a transaction, to its end. */
  readonly holdsUpReaders: boolean
  /** `AfterStatement.unless` */
  readonly unless?: string
}

/** Indexes are made before others are dropped, which serve until then. */
function indexChanges(step: Step, relation: RelationFacts, shape: IndexedShape): readonly IndexChange[] {
  const keeper = keyConstraintIndex(step.contract, relation, shape.key)
  const own = keeper === null ? shape : { ...shape, key: [] }
  const wanted = wantedIndexes(step.relation, own, step.config['indexes'])
  const names = new Set(wanted.map(({ name }) => name))
  // One that a constraint stands on, or is about to, comes and goes with it.
  const constrained = new Set((step.contract?.constraints ?? []).map(({ name }) => name))
  const ours = relation.indexes.filter(
    (index) => isOurs(index) && !index.constraint && !constrained.has(index.name),
  )
  const broken = ours.filter(({ valid, building }) => !valid && !building)
  const present = new Map(
    relation.indexes.filter((index) => !broken.includes(index)).map((index) => [index.name, index]),
  )
  const missing = wanted.filter(({ name }) => !present.has(name))
  const outdated = wanted.filter(({ name, mark }) => {
    const found = present.get(name)
    return mark !== null && found !== undefined && isOurs(found) && found.comment !== mark
  })
  // Of a run that died between its statements.
  const leftover = ours.filter(({ name }) => outdated.some((index) => next(index) === name))
  const inTheWay = ours.filter((index) => broken.includes(index) || leftover.includes(index))
  const surplus = ours.filter((index) => !names.has(index.name) && !inTheWay.includes(index))
  return [
    ...inTheWay.map(({ name }) => drop(step, name)),
    ...missing.flatMap((index) => [create(step, index, index.name), ...markAsOurs(step, index)]),
    ...outdated.map((index) => create(step, index, next(index))),
    ...surplus.map(({ name }) => (keeper === null ? drop(step, name) : dropUnlessReferred(step, name))),
    ...outdated.flatMap((index) => [
      drop(step, index.name),
      {
        ...plain(`alter index ${nameOf(step, next(index))} rename to ${quoteIdentifier(index.name)}`),
        unless: isThere(step, index.name),
      },
      ...markAsOurs(step, index),
    ]),
  ]
}

function next(index: WantedIndex): string {
  return deriveName(index.name, '__strata_next')
}

function nameOf(step: Step, index: string): string {
  return quoteRelation({ schema: step.relation.schema, name: index })
}

function drop(step: Step, name: string): IndexChange {
  return {
    concurrently: `drop index concurrently if exists ${nameOf(step, name)}`,
    inTransaction: `drop index if exists ${nameOf(step, name)}`,
    about: concern('indexes'),
    holdsUpReaders: true,
    unless: `select where to_regclass(${quoteLiteral(nameOf(step, name))}) is null`,
  }
}

/** A foreign key stands on the first index that fits, and may have taken the key's own before there was another. */
function dropUnlessReferred(step: Step, name: string): IndexChange {
  const change = drop(step, name)
  const referred = `select from pg_depend where refclassid = 'pg_class'::regclass and refobjid = to_regclass(${quoteLiteral(nameOf(step, name))})
  and classid = 'pg_constraint'::regclass and deptype = 'n'`
  const body = `begin if not exists (${referred}) then ${change.inTransaction}; end if; end`
  return {
    ...change,
    inTransaction: `do ${quoteLiteral(body)}`,
    unless: `${change.unless}\nunion all\n${referred}`,
  }
}

function plain(sql: string): IndexChange {
  return { concurrently: sql, inTransaction: sql, about: concern('indexes'), holdsUpReaders: false }
}

function markAsOurs(step: Step, { name, mark }: WantedIndex): readonly IndexChange[] {
  if (mark === null) return []
  const index = nameOf(step, name)
  const unless = `select where to_regclass(${quoteLiteral(index)}) is null`
  return [{ ...plain(markIndex(index, mark)), unless }]
}

function create(step: Step, index: WantedIndex, name: string): IndexChange {
  const on = `${quoteIdentifier(name)} on ${quoteRelation(step.relation)} ${index.body}`
  return {
    concurrently: `create ${index.what} concurrently ${on}`,
    inTransaction: `create ${index.what} ${on}`,
    about: index.about,
    holdsUpReaders: false,
    unless: isThere(step, name),
  }
}

/** Another run may have found it missing as well. One that is not valid yet is being built, or the next run repairs it. */
function isThere(step: Step, name: string): string {
  const table = quoteLiteral(quoteRelation(step.relation))
  return `select from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = ${table}::regclass and c.relname = ${quoteLiteral(name)}
  and (i.indisvalid or exists (select from pg_locks l where l.relation = i.indrelid and l.mode = 'ShareUpdateExclusiveLock' and l.pid <> pg_backend_pid()))`
}

export function markIndex(name: string, mark: string): string {
  return `comment on index ${name} is ${quoteLiteral(mark)}`
}

/** Parameters that the configuration does not speak of stay as they are. */
function applyStorage(
  step: Step,
  relation: RelationFacts,
  kind: 'table' | 'materialized view',
): readonly PublishAction[] {
  const name = quoteRelation(step.relation)
  const actions: PublishAction[] = []
  const changed = storageOptions(step, relation.options).filter(
    (option) => !relation.options.includes(option),
  )
  if (changed.length > 0)
    actions.push(alter(step, concern('fillfactor'), [`alter ${kind} ${name} set (${changed.join(', ')})`]))
  const unlogged = step.config['unlogged'] === true
  if (kind === 'table' && unlogged !== relation.unlogged)
    actions.push(
      alter(step, concern('unlogged'), [`alter table ${name} set ${unlogged ? 'unlogged' : 'logged'}`]),
    )
  return actions
}

/** Under strong locks: tried again while somebody reads. */
function alter(step: Step, about: Concern, statements: readonly string[]): PublishAction {
  return {
    kind: 'exchange',
    name: step.relation,
    locks: [],
    statements,
    repoint: [],
    former: null,
    carryOver: [],
    about,
  }
}
