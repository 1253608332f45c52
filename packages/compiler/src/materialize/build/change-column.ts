import {
  type ModelStep,
  type PublishAction,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type RelationName,
} from '@strata/core'

/** The column that tells increments apart; see the rule R4 of the design. */
export const changeColumn = 'changed_xid'

/** Makes the rows of a table that was just built record who wrote them, and keep what they were. */
export function trackChanges(step: ModelStep, built: RelationName): readonly PublishAction[] {
  const target = quoteRelation(built)
  return [
    refuseChangeColumn(step, target),
    { kind: 'execute', sql: addChangeColumn(built) },
    { kind: 'execute', sql: keepFormerRows(built) },
  ]
}

/** Rows that leave the table, and columns that it gets, are known to those who read its increments (R17). */
export function keepFormerRows(table: RelationName): string {
  return `select strata.keep_former_rows(${quoteLiteral(quoteRelation(table))}::regclass)`
}

/** Rewrites nothing: all rows get the number of this transaction. */
export function addChangeColumn(table: RelationName): string {
  return `alter table ${quoteRelation(table)} add column ${quoteIdentifier(changeColumn)} xid8 not null default pg_current_xact_id()`
}

/** A change column copied from a parent would carry the parent's transactions, and children would miss rows. */
export function refuseChangeColumn(step: ModelStep, stage: string): PublishAction {
  return {
    kind: 'assert_empty',
    sql: `select attname as key from pg_attribute\nwhere attrelid = ${quoteLiteral(stage)}::regclass and attname = ${quoteLiteral(changeColumn)}`,
    code: 'RESERVED_COLUMN',
    message: `${step.name} is read incrementally by other models, so its column ${changeColumn} is kept by Strata`,
    hint: `Leave ${changeColumn} out of the SELECT, or give it another name there.`,
  }
}
