import {
  type ModelStep,
  type Publication,
  type PublishAction,
  type StepFacts,
  snapshotWithOwn,
} from '@strata/core'
import { microbatch } from '../batches/microbatch.ts'
import { analyzeAgain } from '../build/analyze-again.ts'
import { buildBeside, buildTable } from '../build/build-table.ts'
import { refreshInPlace } from '../build/refresh-in-place.ts'
import { decideIntent } from '../decide-intent.ts'
import { reachColumns } from '../edges/reach-columns.ts'
import { requireXmin } from '../edges/require-xmin.ts'
import { applyOptions } from '../options/apply-options.ts'
import { enforcedKey } from './incremental-strategy.ts'
import { mergeIncrement } from './merge-increment.ts'

/**
 * A full build where there is nothing that can be trusted; the rows beyond the watermarks otherwise. A changed SELECT whose
 * columns are all there is brought in by what differs, so that children go on from where they were.
 */
export function incremental(step: ModelStep, facts: StepFacts): Publication {
  if (step.batches !== undefined) return microbatch(step, facts)
  requireXmin(step, facts)
  const { intent, reason } = decideIntent(step, facts)
  const tracksChanges = step.config.track_changes === true
  const key = enforcedKey(step)
  if (intent === 'increment' && facts.relation !== null) {
    const { inside, after } = applyOptions(step, facts.relation, { key, tracksChanges })
    const actions = [
      ...reachColumns(step, facts, false, (bounded) => mergeIncrement(step, bounded, tracksChanges)),
      ...inside,
    ]
    return { action: 'increment', reason, actions, after }
  }
  const bounded = key.length === 0 && step.increments.length > 0
  const select = bounded ? leavingItsSnapshot(step.select.full, facts) : step.select.full
  const shape = { select, key, tracksChanges }
  const whole = (actions: readonly PublishAction[]) => reachColumns(step, facts, true, () => actions)
  if (intent === 'alter' && facts.relation !== null) {
    const swap = (staged: string) => buildBeside(step, facts, { ...shape, select: staged }, 'table')
    return {
      action: 'alter',
      reason,
      actions: whole(refreshInPlace(step, facts, facts.relation, shape, swap)),
    }
  }
  const after = analyzeAgain(step, facts)
  return {
    action: intent === 'build' ? 'build' : 'rebuild',
    reason,
    actions: whole(buildTable(step, facts, shape)),
    ...(after.length > 0 ? { after } : {}),
    ...(bounded ? { boundSetting } : {}),
  }
}

const boundSetting = 'strata.snapshot'

/**
 * Without a key a row that is read twice is there twice. The full build must therefore store the very snapshot that
 * it read with, and not the earlier one of the facts; the subquery runs once, before the first row is read.
 */
function leavingItsSnapshot(select: string, { ownWrites }: StepFacts): string {
  const snapshot = ownWrites === true ? snapshotWithOwn : 'pg_current_snapshot()::text'
  return `select * from (\n${select}\n) as whole\nwhere (select set_config('${boundSetting}', ${snapshot}, true)) is not null`
}
