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

/** A change column copied from a parent would carry the parent's transactions, and children would miss rows. */
export function trackChanges(
  step: ModelStep,
  built: RelationName,
  stage: string = quoteRelation(built),
): readonly PublishAction[] {
  return [
    {
      kind: 'assert_empty',
      sql: `select attname as key from pg_attribute\nwhere attrelid = ${quoteLiteral(stage)}::regclass and attname = ${quoteLiteral(changeColumn)}`,
      code: 'RESERVED_COLUMN',
      message: `${step.name} is read incrementally by other models, so its column ${changeColumn} is kept by Strata`,
      hint: `Leave ${changeColumn} out of the SELECT, or give it another name there.`,
    },
    {
      kind: 'execute',
      sql: `alter table ${quoteRelation(built)} add column ${quoteIdentifier(changeColumn)} xid8 not null default pg_current_xact_id()`,
    },
    // Rows that leave it later are known to those who read its increments (R17).
    {
      kind: 'execute',
      sql: `select strata.keep_former_rows(${quoteLiteral(quoteRelation(built))}::regclass)`,
    },
  ]
}
