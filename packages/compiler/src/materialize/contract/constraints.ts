import { createHash } from 'node:crypto'
import {
  type ConstraintFacts,
  deriveName,
  displayLocation,
  type EnforcedConstraint,
  type Json,
  type ModelStep,
  type PublishAction,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type RelationName,
  type Step,
  type StoredContract,
  type Violated,
  type Violation,
} from '@strata/core'
import { beside } from '../build/beside.ts'
import { asTexts, markStart } from '../options/physical-options.ts'

export interface ConstraintDress {
  /** The statement that makes the one that enforces the table's key, and what stands behind it. */
  readonly keeper:
    | (Omit<Extract<PublishAction, { kind: 'execute' }>, 'kind'> & {
        /** Of its index. */
        readonly name: string
        readonly marks: readonly PublishAction[]
      })
    | null
  readonly actions: readonly PublishAction[]
  /** Last of all: nobody writes to the tables that they refer to until the commit. */
  readonly foreignKeys: readonly PublishAction[]
  /** Constraints on indexes, which get the names of the former relation's in the exchange. */
  readonly names: readonly string[]
}

type Constrained = Pick<ModelStep, 'name' | 'relation' | 'contract'> & {
  readonly kind?: Step['kind']
  readonly config: { readonly [option: string]: Json }
}

const onIndex: ReadonlySet<string> = new Set(['primary_key', 'unique'])

/** Puts the constraints of a contract on a table that was just filled, but for one that `keeper` names: that makes the table's key. */
export function constrain(
  step: Constrained,
  built: RelationName,
  isBeside: boolean,
  keeper: EnforcedConstraint | null,
): ConstraintDress {
  const wanted = step.contract?.constraints ?? []
  const target = quoteRelation(built)
  const violated = explainViolation(step, target)
  const called = ({ name, type }: EnforcedConstraint) => (isBeside && onIndex.has(type) ? beside(name) : name)
  const marked = (constraint: EnforcedConstraint): readonly PublishAction[] =>
    mark(target, constraint, called(constraint)).map((sql) => ({ kind: 'execute', sql }))
  const statement = (constraint: EnforcedConstraint) => ({
    sql: `alter table ${target} add constraint ${quoteIdentifier(called(constraint))} ${definitionOn(built, step.relation, constraint)}`,
    about: aboutConstraint(constraint),
    violated,
  })
  const add = (constraint: EnforcedConstraint): readonly PublishAction[] => [
    { kind: 'execute', ...statement(constraint) },
    ...marked(constraint),
  ]
  // One statement looks at the rows once.
  const ofRows = wanted.filter(({ type }) => type === 'not_null' || type === 'check')
  const clauses = ofRows.map((constraint) =>
    constraint.type === 'not_null'
      ? `alter column ${quoteIdentifier(constraint.columns[0]!)} set not null`
      : `add constraint ${quoteIdentifier(constraint.name)} ${constraint.definition}`,
  )
  const about = {
    what: `the constraints of ${step.name}`,
    hint: `They name columns that its SELECT yields: ${ofRows.map(({ location }) => displayLocation(location)).join(', ')}`,
  }
  return {
    keeper: keeper === null ? null : { ...statement(keeper), name: called(keeper), marks: marked(keeper) },
    actions: [
      ...(clauses.length === 0
        ? []
        : [
            { kind: 'execute', sql: `alter table ${target} ${clauses.join(', ')}`, about, violated } as const,
          ]),
      ...ofRows.flatMap((constraint) =>
        mark(target, constraint, constraint.name).map((sql): PublishAction => ({ kind: 'execute', sql })),
      ),
      ...wanted
        .filter((one) => one !== keeper && (onIndex.has(one.type) || one.type === 'custom'))
        .flatMap(add),
    ],
    foreignKeys: wanted.filter(({ type }) => type === 'foreign_key').flatMap(add),
    names: wanted.filter(({ type }) => onIndex.has(type)).map(({ name }) => name),
  }
}

/** A foreign key to the table itself points to the one that is being built. */
function definitionOn(
  built: RelationName,
  relation: RelationName,
  { type, definition }: EnforcedConstraint,
): string {
  if (type !== 'foreign_key') return definition
  return definition.replace(
    `) references ${quoteRelation(relation)} `,
    () => `) references ${quoteRelation(built)} `,
  )
}

export function aboutConstraint({ name, definition, location }: EnforcedConstraint) {
  return {
    what: `the constraint ${name}`,
    hint: `It is declared in ${displayLocation(location)}: ${definition}`,
  }
}

/** The comment that says that Strata made it, and what it said, where its name does not. */
export function markOf({ name, type, definition }: EnforcedConstraint): string | null {
  if (type === 'not_null' || name.includes('__strata_')) return null
  return `${markStart}${createHash('md5').update(definition).digest('hex').slice(0, 10)}`
}

export function mark(target: string, constraint: EnforcedConstraint, called: string): readonly string[] {
  const text = markOf(constraint)
  if (text === null) return []
  return [`comment on constraint ${quoteIdentifier(called)} on ${target} is ${quoteLiteral(text)}`]
}

/** Whether Strata made a constraint, or set a column NOT NULL, and may therefore drop it. */
export function isOurConstraint(
  { name, type, comment }: ConstraintFacts,
  promised: StoredContract | undefined,
): boolean {
  if (type === 'not_null') return promisedNotNull(promised).has(name)
  return name.includes('__strata_') || comment?.startsWith(markStart) === true
}

/** Columns that were NOT NULL by a contract; a primary key makes its columns so, and leaves them so. */
export function promisedNotNull(
  promised: Pick<StoredContract, 'constraints'> | undefined,
): ReadonlySet<string> {
  const ruled = (promised?.constraints ?? []).filter(
    ({ type }) => type === 'not_null' || type === 'primary_key',
  )
  return new Set(ruled.flatMap(({ columns }) => columns))
}

/** While the rows are looked at a check stands in for NOT NULL, which would look at them under a strong lock. */
export function notNullCheck(relation: RelationName, column: string): string {
  const hash = createHash('md5').update(column).digest('hex').slice(0, 10)
  return deriveName(relation.name, `__strata_isnn_${hash}`)
}

/** Tells a violation in terms of the contract, with keys of `rows` that violate it. */
export function explainViolation(step: Constrained, rows: string): (violation: Violation) => Violated | null {
  const wanted = step.contract?.constraints ?? []
  const stoodIn = [...promisedNotNull({ constraints: wanted })]
  return (violation) => {
    const { detail } = violation
    const nullColumn = stoodIn.find((name) => notNullCheck(step.relation, name) === violation.constraint)
    const constraint = nullColumn === undefined ? violation.constraint : undefined
    const column = nullColumn ?? violation.column
    const found =
      wanted.find(({ name }) => constraint !== undefined && [name, beside(name)].includes(constraint)) ??
      wanted.find(
        ({ type, columns }) =>
          column !== undefined && (type === 'not_null' || type === 'primary_key') && columns.includes(column),
      )
    if (found === undefined) return null
    const { name, type, definition, condition, location } = found
    const isNull = column !== undefined && constraint === undefined
    const what =
      type === 'not_null' || isNull
        ? `the column ${column} of ${step.name} holds nulls, and its contract says that it does not`
        : `the constraint ${name} of ${step.name} does not hold: ${definition}`
    const violates = isNull
      ? `t.${quoteIdentifier(column)} is null`
      : condition === undefined
        ? null
        : `(${condition}) is false`
    return {
      message: `${what} (${displayLocation(location)})${detail === undefined || violates !== null ? '' : `: ${detail}`}`,
      hint: `Nothing was changed. ${step.kind === 'seed' ? 'Mend such rows in the file' : 'Leave such rows out of the SELECT, mend them'}, or take the constraint back.`,
      ...(violates === null ? {} : { sample: sampleOf(step, rows, violates) }),
    }
  }
}

function sampleOf(step: Constrained, rows: string, violates: string): string {
  const { meta } = step.config
  const uniqueKey = asTexts(step.config['uniqueKey'])
  const primary = step.contract?.constraints.find(({ type }) => type === 'primary_key')?.columns ?? []
  const key = uniqueKey.length > 0 ? uniqueKey : primary
  const restricted = typeof meta === 'object' && meta !== null && 'phi' in meta && meta.phi === true
  if (restricted || key.length === 0)
    return `select count(*) || case count(*) when 1 then ' row' else ' rows' end as key from ${rows} as t where ${violates}`
  const parts = key.map(
    (column) => `${quoteLiteral(`${column}=`)} || coalesce(t.${quoteIdentifier(column)}::text, 'null')`,
  )
  return `select pg_catalog.concat_ws(', ', ${parts.join(', ')}) as key from ${rows} as t where ${violates} limit 5`
}
