import {
  type CompiledSelect,
  type Counts,
  type MaterializeSnapshot,
  type Session,
  type SnapshotStep,
  type StepExecutor,
  type StepFacts,
  StrataError,
} from '@strata/core'
import { exchangeOptions } from '../publish/exchange-options.ts'
import { performActions } from '../publish/perform-actions.ts'
import {
  createRelationExecutor,
  messageOf,
  type Published,
  type RelationContext,
  type RelationExecutorOptions,
} from '../publish/relation-executor.ts'
import { lockAndReadFacts } from '../publish/step-facts.ts'
import { storeState } from '../state/store-state.ts'
import { type Ask, askOn, stayingInside } from '../step-hooks.ts'

export interface SnapshotExecutorOptions extends RelationExecutorOptions {
  readonly materializeSnapshot: MaterializeSnapshot
  /** Renders the SQL of a late snapshot. Must be there where a plan has one. */
  readonly renderLateSnapshot?: (step: SnapshotStep, ask: Ask) => Promise<CompiledSelect>
}

/**
 * Takes snapshots: in one transaction the lock, the facts, the versions and the state. Throws `StrataError`: `NOT_OURS`,
 * `DUPLICATE_KEYS`, `NULL_KEYS`, `SEVERAL_CURRENT`, `EMPTY_RESULT`, and what Postgres says of the SQL.
 */
export function createSnapshotExecutor(options: SnapshotExecutorOptions): StepExecutor<SnapshotStep> {
  const judging = { ...options, judgesForeign: true }
  return createRelationExecutor<SnapshotStep>(judging, (transaction, step, context) =>
    publishSnapshot(transaction, judging, step, context),
  )
}

async function publishSnapshot(
  transaction: Session,
  options: SnapshotExecutorOptions,
  step: SnapshotStep,
  context: RelationContext,
): Promise<Published> {
  const { facts, state } = await lockAndReadFacts(transaction, options, step, context)
  const ready = step.late ? { ...step, select: await renderLate(transaction, options, step) } : step
  const { action, actions, reason, after = [] } = options.materializeSnapshot(ready, facts)
  const done = await performActions(
    transaction,
    actions,
    exchangeOptions(transaction, options, step, context),
  )
  await storeState(transaction, ready, context, facts, {}, { takenOver: isTakenOver(facts) })
  return {
    outcome: {
      status: 'success',
      action,
      message: messageOf(reason, done.leftBehind),
      counts: action === 'increment' ? withUnchanged(done.counts) : done.counts,
    },
    hasRetired: state.hasRetired,
    after,
  }
}

/** It was there before this target came: `clean` leaves it. */
function isTakenOver({ relation, foreign, builtBy }: StepFacts): boolean {
  return relation !== null && (foreign || builtBy !== undefined)
}

function withUnchanged({ rows = 0, inserted = 0, changed = 0, deleted = 0 }: Counts): Counts {
  return { rows, inserted, changed, deleted, unchanged: rows - inserted - changed }
}

function renderLate(
  transaction: Session,
  { renderLateSnapshot }: SnapshotExecutorOptions,
  step: SnapshotStep,
): Promise<CompiledSelect> {
  if (renderLateSnapshot !== undefined) {
    return stayingInside(transaction, step, 'the template', () =>
      renderLateSnapshot(step, askOn(transaction)),
    )
  }
  throw new StrataError({
    code: 'LATE_SNAPSHOT',
    message: `the template of ${step.name} asks the database, and its project is not at hand`,
    hint: 'Run the plan from the folder of its project.',
  })
}
