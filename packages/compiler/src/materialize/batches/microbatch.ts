import type { ModelStep, Publication, StepFacts } from '@strata/core'
import { buildBeside, buildTable } from '../build/build-table.ts'
import { refreshInPlace } from '../build/refresh-in-place.ts'
import { decideIntent } from '../decide-intent.ts'
import { enforcedKey } from '../incremental/incremental-strategy.ts'
import { applyOptions } from '../options/apply-options.ts'
import { changedBatches } from './changed-batches.ts'
import { cutTo, windowViews } from './window-views.ts'
import { writeBatch } from './write-batch.ts'

/**
 * A model that is built in batches. The first transaction of its step makes the table ready (`whole`): an empty one where
 * there is none, so that building years can be resumed; all of it beside the old one where it is built anew, so that
 * readers never see a part. Then each batch has a transaction of its own.
 */
export function microbatch(step: ModelStep, facts: StepFacts): Publication {
  const { window } = facts
  const { batches } = step
  if (window === undefined || batches === undefined) throw new Error(`there is no batch of ${step.id}`)
  const { intent, reason } = decideIntent(step, facts)
  const tracksChanges = step.config.track_changes === true
  if (!window.whole) return { action: 'increment', reason, actions: writeBatch(step, window, tracksChanges) }

  const key = enforcedKey(step)
  if (intent === 'increment' && facts.relation !== null) {
    const { inside, after } = applyOptions(step, facts.relation, { key, tracksChanges })
    return {
      action: 'increment',
      reason,
      actions: inside,
      after,
      ...changedBatches(step, batches, facts),
    }
  }
  const views = windowViews(step, window)
  const isFirst = facts.relation === null
  const select = isFirst
    ? `select * from (\n${views.select}\n) as whole\nwhere false`
    : batches.keepsOutside === true && views.create.length > 0
      ? views.select
      : cutTo(window, step, views.select)
  const shape = { select, key, tracksChanges }
  // Positions of errors are looked up in it.
  const reading: ModelStep = { ...step, select: { ...step.select, full: views.select } }
  const alters = intent === 'alter' && facts.relation !== null
  const swap = (staged: string) => buildBeside(reading, facts, { ...shape, select: staged }, 'table')
  const build = alters
    ? refreshInPlace(reading, facts, facts.relation, shape, swap)
    : buildTable(reading, facts, shape)
  return {
    action: isFirst ? 'build' : alters ? 'alter' : 'rebuild',
    reason,
    actions: [...views.create, ...build, ...views.drop],
    staleBatches: 'all',
  }
}
