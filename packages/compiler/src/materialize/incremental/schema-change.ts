import {
  type AskedRow,
  type ModelStep,
  type PublishAction,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  StrataError,
} from '@strata/core'
import { keepFormerRows } from '../build/change-column.ts'

/** A column that the relation has, that the SELECT yields, or both. */
export interface ColumnChange {
  readonly name: string
  /** Type in the relation; null: it has no such column. */
  readonly had: string | null
  /** Type that the SELECT yields; null: it yields no such column. */
  readonly gets: string | null
}

/** Asks for the columns of both, as rows of `ColumnChange`, those of the SELECT first and in its order. */
export function compareColumns(stage: string, relation: string, kept: string | null): string {
  const columnsOf = (of: string, without: string | null) =>
    `select attnum, attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = ${quoteLiteral(of)}::regclass and attnum > 0 and not attisdropped${
    without === null ? '' : ` and attname <> ${quoteLiteral(without)}`
  }`
  return `select attname::text as name, has.type as had, gets.type as gets
from (${columnsOf(stage, null)}) as gets
full join (${columnsOf(relation, kept)}) as has using (attname)
order by gets.attnum, has.attnum`
}

export function columnChanges(rows: readonly AskedRow[]): readonly ColumnChange[] {
  return rows as unknown as readonly ColumnChange[]
}

export function isAdditive(changes: readonly ColumnChange[]): boolean {
  return changes.every(({ had, gets }) => had === null || had === gets)
}

export function addColumn(relation: string, { name, gets }: ColumnChange): string {
  return `alter table ${relation} add column ${quoteIdentifier(name)} ${gets}`
}

export interface Reconciled {
  readonly actions: readonly PublishAction[]
  /** What is written from the stage. */
  readonly columns: readonly string[]
}

/**
 * What `on_schema_change` makes of columns that are no longer those of the relation: the SQL is what it was, but the
 * relations under it have changed, or the project keeps the rows of changed models. Throws `COLUMNS_CHANGED`.
 */
export function reconcileColumns(step: ModelStep, changes: readonly ColumnChange[]): Reconciled {
  const relation = quoteRelation(step.relation)
  const added = changes.filter(({ had }) => had === null)
  const gone = changes.filter(({ gets }) => gets === null)
  const retyped = changes.filter(({ had, gets }) => had !== null && gets !== null && had !== gets)
  const shared = changes.filter(({ had, gets }) => had !== null && gets !== null).map(({ name }) => name)
  const all = changes.filter(({ gets }) => gets !== null).map(({ name }) => name)
  switch (step.config['on_schema_change']) {
    case 'ignore':
      if (gone.length > 0) throw columnsChanged(step, gone)
      return { actions: [], columns: shared }
    case 'append_new_columns':
      // A column that the SELECT no longer yields stays, and is null in new rows.
      return {
        actions: alter(
          step,
          added.map((change) => addColumn(relation, change)),
          changes,
        ),
        columns: all,
      }
    case 'sync_all_columns':
      return {
        actions: alter(
          step,
          [
            ...gone.map(({ name }) => `alter table ${relation} drop column ${quoteIdentifier(name)}`),
            ...added.map((change) => addColumn(relation, change)),
            ...retyped.map(
              ({ name, gets }) =>
                `alter table ${relation} alter column ${quoteIdentifier(name)} type ${gets} using ${quoteIdentifier(name)}::${gets}`,
            ),
          ],
          changes,
        ),
        columns: all,
      }
    default:
      if (added.length + gone.length + retyped.length > 0) throw columnsChanged(step, changes)
      return { actions: [], columns: all }
  }
}

function alter(
  step: ModelStep,
  statements: readonly string[],
  changes: readonly ColumnChange[],
): readonly PublishAction[] {
  if (statements.length === 0) return []
  const tracked = step.config.track_changes === true ? [keepFormerRows(step.relation)] : []
  const said = describeChanges(changes).join(', ')
  return [{ kind: 'alter_first', statements: [...statements, ...tracked], said }]
}

function columnsChanged(step: ModelStep, changes: readonly ColumnChange[]): StrataError {
  const said = describeChanges(changes)
  return new StrataError({
    code: 'COLUMNS_CHANGED',
    message: `the columns of ${step.name} are no longer those that its SELECT yields: ${said.join('; ')}`,
    hint: `Rebuild it: models run --full-refresh --select ${step.relation.name}. Or say with on_schema_change what is to be done.`,
  })
}

function describeChanges(changes: readonly ColumnChange[]): readonly string[] {
  return changes
    .filter(({ had, gets }) => had !== gets)
    .slice(0, 5)
    .map(({ name, had, gets }) =>
      had === null
        ? `${name} is new`
        : gets === null
          ? `${name} is gone`
          : `${name} was ${had} and is ${gets}`,
    )
}
