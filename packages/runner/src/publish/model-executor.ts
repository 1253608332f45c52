import type {
  Counts,
  Materialize,
  ModelStep,
  Session,
  StepExecutor,
  StepFacts,
  StepOutcome,
} from '@strata/core'
import { publishInBatches } from '../batches/publish-batches.ts'
import { storeState } from '../state/store-state.ts'
import type { Ask } from '../step-hooks.ts'
import { performPublication, sourcesConsumed } from './perform-publication.ts'
import {
  createRelationExecutor,
  messageOf,
  type Published,
  type RelationContext,
  type RelationExecutorOptions,
} from './relation-executor.ts'
import { lockAndReadFacts } from './step-facts.ts'

export interface ModelExecutorOptions extends RelationExecutorOptions {
  readonly materialize: Materialize
  /** Renders the SQL of a late model, in the form that its facts ask for. Must be there where a plan has late models. */
  readonly renderLate?: (step: ModelStep, facts: StepFacts, ask: Ask) => Promise<ModelStep>
  /** Whether a step takes an increment, for hooks that ask. Default: it does not. */
  readonly isIncremental?: (step: ModelStep, facts: StepFacts) => boolean
}

/**
 * Publishes models: in one transaction the lock, the facts, the data and its watermarks. Throws `StrataError`:
 * `NOT_OURS` for a relation that Strata did not build, `DUPLICATE_KEYS`, `DEPENDENT_VIEW`, `RELATION_BUSY`, and what
 * Postgres says of the SQL.
 */
export function createModelExecutor(options: ModelExecutorOptions): StepExecutor<ModelStep> {
  return createRelationExecutor<ModelStep>(
    options,
    (transaction, step, context) =>
      step.batches === undefined
        ? publish(transaction, options, step, context)
        : publishInBatches(transaction, options, step, step.batches, context),
    (step, facts) => (isView(step) ? outcomeIfAlone(options, step, facts) : null),
    isView,
  )
}

async function publish(
  transaction: Session,
  options: ModelExecutorOptions,
  step: ModelStep,
  context: RelationContext,
): Promise<Published> {
  const { facts, state } = await lockAndReadFacts(
    transaction,
    options,
    step,
    context,
    (known) => options.isIncremental?.(step, known) ?? false,
    surfaceIsEnough(options, step),
  )
  const { ready, publication, done } = await performPublication(transaction, options, step, facts, context)
  const { action, reason } = publication
  const turnedOut = done.action ?? action
  if (turnedOut === 'none') {
    return {
      outcome: { status: 'success', action: turnedOut, message: reason, counts: {} },
      hasRetired: state.hasRetired,
    }
  }
  await storeState(transaction, ready, context, facts, { ...publication, reached: done.reached })
  return {
    outcome: {
      status: 'success',
      action: turnedOut,
      message: messageOf(said(done.reason ?? reason, done.remark), done.leftBehind),
      counts: done.counts,
    },
    hasRetired: state.hasRetired,
    after: publication.after ?? [],
    consumed: wroteAnything(done.counts) ? sourcesConsumed(facts) : [],
  }
}

function isView({ config, late }: ModelStep): boolean {
  return config.materialized === 'view' && !late
}

/** Whether nothing is done for which one would need to know what else hangs on the relation; undefined: something is. */
function surfaceIsEnough(
  options: ModelExecutorOptions,
  step: ModelStep,
): ((facts: StepFacts) => boolean) | undefined {
  if (isView(step)) return (facts) => outcomeIfAlone(options, step, facts) !== null
  // An increment leaves the table where it is.
  if (step.intent === 'increment' && !step.late)
    return (facts) => options.materialize(step, facts).action === 'increment'
  return undefined
}

function outcomeIfAlone(
  { materialize }: ModelExecutorOptions,
  step: ModelStep,
  facts: StepFacts,
): StepOutcome | null {
  const { action, actions, reason } = materialize(step, facts)
  if (action !== 'none' || actions.length > 0) return null
  return { status: 'success', action, message: reason, counts: {} }
}

function said(reason: string, remark: string | undefined): string {
  return remark === undefined ? reason : `${reason}; ${remark}`
}

function wroteAnything({ rows = 0, deleted = 0 }: Counts): boolean {
  return rows + deleted > 0
}
