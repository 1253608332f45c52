import { type PublishAction, quoteIdentifier, quoteRelation, type SnapshotStep } from '@strata/core'
import { addColumn, type ColumnChange } from '../incremental/schema-change.ts'
import { widenType } from './widen-type.ts'

/** A column that the SELECT yields and the table has. */
export interface SharedColumn {
  readonly name: string
  /** Type in the table. */
  readonly type: string
  /** The SELECT yields another type: its values are cast. */
  readonly cast: boolean
}

/** What the SELECT yields, as the table has it. */
export function sharedColumns(step: SnapshotStep, changes: readonly ColumnChange[]): readonly SharedColumn[] {
  const meta = new Set(Object.values(step.settings.columns))
  return changes.flatMap(({ name, had, gets }) =>
    had === null || gets === null || meta.has(name) ? [] : [{ name, type: had, cast: had !== gets }],
  )
}

/** The type of a column of the table. */
export function typeIn(changes: readonly ColumnChange[], column: string): string {
  return changes.find(({ name }) => name === column)?.had ?? 'timestamp without time zone'
}

/**
 * Columns that are new in the SELECT are added, and those that its values no longer fit into are widened, in a moment of their
 * own; what it no longer yields stays, and is null in new versions.
 */
export function makeRoom(step: SnapshotStep, changes: readonly ColumnChange[]): readonly PublishAction[] {
  const relation = quoteRelation(step.relation)
  const { columns, hardDeletes } = step.settings
  const meta = new Set<string>(Object.values(columns))
  const added = changes.filter(({ name, had }) => had === null && !meta.has(name))
  const widened = changes.flatMap(({ name, had, gets }) => {
    const type = had === null || gets === null || meta.has(name) ? null : widenType(had, gets)
    return type === null ? [] : [{ name, had, type }]
  })
  const lacks = (column: string) => !changes.some(({ name, had }) => name === column && had !== null)
  const statements = [
    ...added.map((change) => addColumn(relation, change)),
    ...widened.map(
      ({ name, type }) => `alter table ${relation} alter column ${quoteIdentifier(name)} type ${type}`,
    ),
  ]
  const said = [
    ...added.map(({ name }) => `${name} is new`),
    ...widened.map(({ name, had, type }) => `${name} was ${had} and is ${type}`),
  ]
  if (lacks(columns.updatedAt)) {
    const gets = typeIn(changes, columns.validFrom)
    statements.push(addColumn(relation, { name: columns.updatedAt, had: null, gets }))
    said.push(`${columns.updatedAt} is new`)
  }
  if (hardDeletes === 'new_record' && lacks(columns.isDeleted)) {
    const column = quoteIdentifier(columns.isDeleted)
    statements.push(
      `alter table ${relation} add column ${column} text default 'False'`,
      `alter table ${relation} alter column ${column} drop default`,
    )
    said.push(`${columns.isDeleted} is new`)
  }
  return statements.length === 0 ? [] : [{ kind: 'alter_first', statements, said: said.join(', ') }]
}

/** Whether a version `t` is another than the row `s` of the source, in the columns that are looked at. */
export function differs(step: SnapshotStep, shared: readonly SharedColumn[]): string {
  const { strategy } = step.settings
  const looked = shared.filter(
    ({ name }) =>
      strategy.kind === 'check' && (strategy.columns === 'all' || strategy.columns.includes(name)),
  )
  if (looked.length === 0) return 'false'
  return looked
    .map((column) => {
      const as = hasNoEquality(column.type) ? '::text' : ''
      return `t.${quoteIdentifier(column.name)}${as} is distinct from ${stagedValue(column, 's')}${as}`
    })
    .join('\n    or ')
}

/** The value of a column in the source, as the table will hold it: else it would be another one at each look. */
export function stagedValue({ name, type, cast }: SharedColumn, of: string): string {
  const value = `${of}.${quoteIdentifier(name)}`
  return cast ? `${value}::${type}` : value
}

const withoutEquality = new Set(['json', 'xml', 'point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle'])

/** Geometric types have an equality, which compares areas or lengths. */
function hasNoEquality(type: string): boolean {
  return withoutEquality.has(type.replace(/(\[\])+$/, ''))
}
