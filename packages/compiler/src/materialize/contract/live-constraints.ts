import {
  type AfterStatement,
  type EnforcedConstraint,
  type ModelStep,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type RelationFacts,
  type StepFacts,
} from '@strata/core'
import {
  aboutConstraint,
  isOurConstraint,
  mark,
  markOf,
  notNullCheck,
  promisedNotNull,
} from './constraints.ts'

export interface ConstraintChanges {
  /** Need strong locks for a moment, and look at no rows: done before the step writes. */
  readonly first: readonly string[]
  /** For people: `adds the constraint positive`. */
  readonly said: readonly string[]
  /** Look at all rows, without holding up those who read and write them: done when the data is committed. */
  readonly after: readonly AfterStatement[]
}

/**
 * Brings the constraints of a table that stays to what its contract says. A new one binds the rows that the step writes
 * before it writes them; that those which are there fulfil it is looked at afterwards, under weak locks.
 */
export function constraintChanges(
  step: ModelStep,
  relation: RelationFacts,
  promised: StepFacts['contract'],
): ConstraintChanges {
  const target = quoteRelation(step.relation)
  const columns = new Set(relation.columns.map(({ name }) => name))
  const complete = (step.contract?.columns ?? []).every(({ name }) => columns.has(name))
  // A column that the step is about to add comes first; then the step begins anew.
  const wanted = (step.contract?.constraints ?? []).filter(
    (one) => one.columns.every((name) => columns.has(name)) && (complete || one.columns.length > 0),
  )
  const notNull = new Set(
    relation.constraints.filter(({ type }) => type === 'not_null').map(({ name }) => name),
  )
  const first: string[] = []
  const said: string[] = []
  const after: AfterStatement[] = []
  const find = (name: string) =>
    relation.constraints.find((one) => one.type !== 'not_null' && one.name === name)
  const alter = (clause: string) => `alter table ${target} ${clause}`
  const isThere = (name: string) =>
    `select from pg_constraint where conrelid = ${quoteLiteral(target)}::regclass and conname = ${quoteLiteral(name)} and convalidated`
  const temporary = new Set<string>()

  const ensureNotNull = (column: string, constraint: EnforcedConstraint) => {
    const name = notNullCheck(step.relation, column)
    const about = aboutConstraint(constraint)
    if (notNull.has(column)) return
    temporary.add(name)
    const present = find(name)
    if (present === undefined) {
      first.push(
        alter(
          `add constraint ${quoteIdentifier(name)} check (${quoteIdentifier(column)} is not null) not valid`,
        ),
      )
      said.push(`makes ${column} NOT NULL`)
      return
    }
    if (present.validated === false)
      after.push({ sql: alter(`validate constraint ${quoteIdentifier(name)}`), about })
    after.push({
      sql: alter(
        `alter column ${quoteIdentifier(column)} set not null, drop constraint if exists ${quoteIdentifier(name)}`,
      ),
      about,
      briefly: true,
    })
  }

  for (const one of relation.constraints) {
    if (one.type === 'not_null' || !isOurConstraint(one, promised)) continue
    const same = wanted.find(({ name }) => name === one.name)
    const isTemporary = [...columns].some((column) => notNullCheck(step.relation, column) === one.name)
    if (
      isTemporary &&
      wantsNotNull(wanted).some((column) => notNullCheck(step.relation, column) === one.name)
    )
      continue
    if (same !== undefined && (markOf(same) === null || markOf(same) === one.comment)) continue
    // It names a column that is not there yet.
    if (same === undefined && step.contract?.constraints.some(({ name }) => name === one.name)) continue
    first.push(alter(`drop constraint if exists ${quoteIdentifier(one.name)}`))
    if (!isTemporary) said.push(`drops the constraint ${one.name}`)
  }
  const stillNotNull = new Set([
    ...wantsNotNull(wanted),
    ...relation.constraints.flatMap((one) =>
      one.type === 'primary_key' && !isOurConstraint(one, promised) ? [...columns] : [],
    ),
  ])
  for (const column of promisedNotNull(promised)) {
    if (!notNull.has(column) || !columns.has(column) || stillNotNull.has(column)) continue
    first.push(alter(`alter column ${quoteIdentifier(column)} drop not null`))
    said.push(`lets ${column} be null`)
  }
  for (const constraint of wanted) {
    const { name, type, definition } = constraint
    const about = aboutConstraint(constraint)
    const quoted = quoteIdentifier(name)
    const present = find(name)
    const changed =
      present !== undefined &&
      isOurConstraint(present, promised) &&
      markOf(constraint) !== null &&
      present.comment !== markOf(constraint)
    if (type === 'not_null') {
      ensureNotNull(constraint.columns[0]!, constraint)
    } else if (type === 'primary_key' || type === 'unique') {
      if (type === 'primary_key') for (const column of constraint.columns) ensureNotNull(column, constraint)
      if (present === undefined || changed) after.push(...indexed(step, relation, constraint, isThere(name)))
    } else if (present === undefined || changed) {
      const later = type === 'custom' ? '' : ' not valid'
      first.push(alter(`add constraint ${quoted} ${definition}${later}`), ...mark(target, constraint, name))
      said.push(`adds the constraint ${name}`)
    } else if (present.validated === false) {
      after.push({ sql: alter(`validate constraint ${quoted}`), about, unless: isThere(name) })
    }
  }
  return { first, said, after }
}

function wantsNotNull(wanted: readonly EnforcedConstraint[]): readonly string[] {
  return [...promisedNotNull({ constraints: wanted })]
}

/** Its index is built while others write; one that a run left which died is taken, or made anew where it is not valid. */
function indexed(
  step: ModelStep,
  relation: RelationFacts,
  constraint: EnforcedConstraint,
  unless: string,
): readonly AfterStatement[] {
  const { name, type, columns, definition } = constraint
  const about = aboutConstraint(constraint)
  const target = quoteRelation(step.relation)
  const quoted = quoteIdentifier(name)
  const add = (what: string): AfterStatement => ({
    sql: `alter table ${target} add constraint ${quoted} ${what}`,
    about,
    unless,
    briefly: true,
  })
  const marks = mark(target, constraint, name).map((sql): AfterStatement => ({ sql, about }))
  const plain = /^(unique|primary key)( nulls not distinct)? \(/i.exec(definition)
  if (plain === null) return [add(definition), ...marks]
  const index = relation.indexes.find((one) => one.name === name)
  const inSchema = quoteRelation({ schema: step.relation.schema, name })
  const list = columns.map(quoteIdentifier).join(', ')
  const drop = { sql: `drop index concurrently if exists ${inSchema}`, about }
  const create = {
    sql: `create unique index concurrently ${quoted} on ${target} (${list})${plain[2] ?? ''}`,
    about,
    unless: `select from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = ${quoteLiteral(target)}::regclass and c.relname = ${quoteLiteral(name)} and i.indisvalid`,
  }
  const stale = index !== undefined && !index.constraint && !index.valid && !index.building
  const ready = index !== undefined && !index.constraint && index.valid
  return [
    ...(stale ? [drop] : []),
    ...(ready ? [] : [create]),
    add(`${type === 'unique' ? 'unique' : 'primary key'} using index ${quoted}`),
    ...marks,
  ]
}
