import {
  type MaterializeSnapshot,
  type PublishAction,
  quoteIdentifier,
  type SnapshotStep,
  StrataError,
} from '@strata/core'
import { applyOptions } from '../options/apply-options.ts'
import { acceptTable } from './accept-table.ts'
import { decideSnapshotIntent } from './decide-snapshot.ts'
import { firstSnapshot } from './first-snapshot.ts'
import { guardIndex } from './guard-index.ts'
import { askForNow, timestampLiteral } from './snapshot-sql.ts'
import { takeSnapshot } from './take-snapshot.ts'

/**
 * A table with every version of every row: built once, and from then on only rows are added to it, and the ends of versions
 * set. Pure. Throws `NOT_OURS`, `NOT_A_SNAPSHOT`, `UNSUPPORTED_STRATEGY`.
 */
export const materializeSnapshot: MaterializeSnapshot = (step, facts) => {
  refuseCustom(step)
  const { reason } = decideSnapshotIntent(step, facts)
  const { relation } = facts
  if (relation === null)
    return { action: 'build', reason, actions: atOnce((now) => firstSnapshot(step, now)) }
  acceptTable(step, facts, relation)
  const shape = { key: [], tracksChanges: false, guard: guardIndex(step) }
  const { inside, after } = applyOptions(step, relation, shape)
  return {
    action: 'increment',
    reason,
    actions: [
      // Whoever else writes it waits: dbt, or somebody with a statement of their own.
      {
        kind: 'execute',
        sql: `lock table ${quoteIdentifier(step.relation.schema)}.${quoteIdentifier(step.relation.name)} in share row exclusive mode`,
      },
      ...atOnce((now) => takeSnapshot(step, relation, now)),
      ...inside,
    ],
    after,
  }
}

function atOnce(take: (now: string) => readonly PublishAction[]): readonly PublishAction[] {
  return [
    {
      kind: 'ask',
      sql: askForNow,
      proceed: ([answer]) => ({ actions: take(timestampLiteral(answer?.['now'])) }),
    },
  ]
}

function refuseCustom({ name, settings: { strategy } }: SnapshotStep): void {
  if (strategy.kind !== 'custom') return
  throw new StrataError({
    code: 'UNSUPPORTED_STRATEGY',
    message: `${name} has a strategy of its own, ${strategy.name}, and Strata does not call its macro`,
    hint: 'The strategies are timestamp and check; both take SQL expressions over the columns of the SELECT.',
  })
}
