import {
  type Counts,
  type ModelStep,
  type Publication,
  type Session,
  type StepFacts,
  StrataError,
} from '@strata/core'
import { askOn, stayingInside } from '../step-hooks.ts'
import { exchangeOptions } from './exchange-options.ts'
import type { ModelExecutorOptions } from './model-executor.ts'
import { type Performed, performActions } from './perform-actions.ts'
import type { RelationContext } from './relation-executor.ts'

export interface PerformedPublication {
  /** The step with its SELECT, where its template asks the database. */
  readonly ready: ModelStep
  readonly publication: Publication
  readonly done: Performed
}

/** Decides by the facts what a step publishes, and does it, inside the caller's transaction. */
export async function performPublication(
  transaction: Session,
  options: ModelExecutorOptions,
  step: ModelStep,
  facts: StepFacts,
  context: RelationContext,
): Promise<PerformedPublication> {
  const ready = step.late ? await renderLateStep(transaction, options, step, facts) : step
  const publication = options.materialize(ready, facts)
  const { action, actions } = publication
  if (actions.length === 0 && action === 'none')
    return { ready, publication, done: { counts: {}, leftBehind: [] } }
  const done = await performActions(
    transaction,
    actions,
    exchangeOptions(transaction, options, step, context),
  )
  return {
    ready,
    publication,
    done: { ...done, counts: withUnchanged(done.action ?? action, done.counts) },
  }
}

/** Oids of the sources whose former rows a step has read. */
export function sourcesConsumed(facts: StepFacts): readonly string[] {
  return facts.edges.flatMap(({ former, sourceOid }) =>
    former !== null && sourceOid !== null ? [sourceOid] : [],
  )
}

function renderLateStep(
  transaction: Session,
  options: ModelExecutorOptions,
  step: ModelStep,
  facts: StepFacts,
): Promise<ModelStep> {
  const { renderLate } = options
  if (renderLate !== undefined) {
    return stayingInside(transaction, step, 'the template', () => renderLate(step, facts, askOn(transaction)))
  }
  throw new StrataError({
    code: 'LATE_MODEL',
    message: `the template of ${step.name} asks the database, and its project is not at hand`,
    hint: 'Run the plan from the folder of its project.',
  })
}

function withUnchanged(action: Publication['action'], counts: Counts): Counts {
  if (action !== 'increment') return counts
  const { rows = 0, inserted = 0, changed = 0 } = counts
  return { ...counts, inserted, changed, unchanged: rows - inserted - changed }
}
