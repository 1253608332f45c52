import type { ModelStep, Publication, StepFacts } from '@strata/core'
import { buildTable } from './build-table.ts'
import { decideIntent } from './decide-intent.ts'
import { mergeIncrement } from './merge-increment.ts'

/** A full build where there is nothing that can be trusted; the rows beyond the watermarks otherwise. */
export function incremental(step: ModelStep, facts: StepFacts): Publication {
  const { intent, reason } = decideIntent(step, facts)
  const tracksChanges = step.config.track_changes === true
  if (intent === 'increment' && facts.relation !== null) {
    return {
      action: 'increment',
      reason,
      actions: mergeIncrement(step, facts, facts.relation, tracksChanges),
    }
  }
  const key = step.config.uniqueKey
  const bounded = key.length === 0 && step.increments.length > 0
  const select = bounded ? leavingItsSnapshot(step.select.full) : step.select.full
  return {
    action: intent === 'build' ? 'build' : 'rebuild',
    reason,
    actions: buildTable(step, facts, { select, key, tracksChanges }),
    ...(bounded ? { boundSetting } : {}),
  }
}

const boundSetting = 'strata.snapshot'

/**
 * Without a key a row that is read twice is there twice. The full build must therefore store the very snapshot that
 * it read with, and not the earlier one of the facts; the subquery runs once, before the first row is read.
 */
function leavingItsSnapshot(select: string): string {
  return `select * from (\n${select}\n) as whole\nwhere (select set_config('${boundSetting}', pg_current_snapshot()::text, true)) is not null`
}
