import { type ModelStep, type PublishAction, quoteRelation, type RelationFacts } from '@strata/core'

/**
 * A full build that comes out empty, for its source was truncated or is not landed yet, must not take the place of rows
 * that were gathered over years (R6). `built` is quoted.
 */
export function refuseEmpty(
  step: ModelStep,
  former: RelationFacts | null,
  built: string,
): readonly PublishAction[] {
  if (step.config.materialized !== 'incremental' || step.allowEmpty === true) return []
  if (former === null || former.kind !== 'table') return []
  return [
    {
      kind: 'assert_empty',
      sql: `select count(*) || case count(*) when 1 then ' row' else ' rows' end as key from ${quoteRelation(step.relation)}\nwhere not exists (select from ${built}) having count(*) > 0`,
      code: 'EMPTY_RESULT',
      message: `the SELECT of ${step.name} yields no rows, and building it anew would lose those that are there`,
      hint: `Nothing was changed. See whether its sources are landed and whole; if no rows is right, run again with --allow-empty --select ${step.relation.name}`,
    },
  ]
}
