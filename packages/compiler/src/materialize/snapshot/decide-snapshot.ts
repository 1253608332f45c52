import type { SnapshotStep, StepState } from '@strata/core'
import type { Decision } from '../decide-intent.ts'

/** What a snapshot's step does, given the state of its table. No option makes it drop a history. */
export function decideSnapshotIntent(step: SnapshotStep, state: StepState): Decision {
  const { relation, foreign, builtBy } = state
  if (relation === null) return { intent: 'build', reason: 'first build' }
  const theirs = foreign
    ? 'that Strata did not begin'
    : builtBy === undefined
      ? null
      : `that target ${builtBy} began`
  if (theirs !== null) {
    if (step.takeOver)
      return { intent: 'increment', reason: `takes over the history ${theirs}, ${byWhat(step)}` }
    return {
      intent: 'skip',
      reason: `refused: a relation of that name exists ${theirs}; --take-over goes on with a snapshot`,
    }
  }
  if (relation.kind !== 'table')
    return { intent: 'skip', reason: `refused: there is a ${relation.kind.replace('_', ' ')} of that name` }
  return { intent: 'increment', reason: byWhat(step) }
}

function byWhat({ settings: { strategy } }: SnapshotStep): string {
  if (strategy.kind === 'custom') return `by ${strategy.name}`
  if (strategy.kind === 'timestamp') return `by ${strategy.updatedAt}`
  if (strategy.columns === 'all') return 'by all columns'
  const [only, ...others] = strategy.columns
  return others.length === 0 ? `by ${only}` : `by ${strategy.columns.length} columns`
}
