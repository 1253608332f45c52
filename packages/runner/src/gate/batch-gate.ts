import type { Session, StepContext } from '@strata/core'
import type { RelationStep } from '../state/step-state.ts'
import { type AskTests, type Gate, openGate } from './gate.ts'

/**
 * The gate of one batch. Tests about single rows are asked of the rows of each; the others, which a table that is being
 * filled could not pass, of the whole of it in the transaction of the last one.
 */
export function batchGate(
  transaction: Session,
  step: RelationStep,
  context: StepContext,
  askTests: AskTests | undefined,
  isLast: boolean,
): Gate {
  if (isLast) return { ...openGate(transaction, step, context, askTests), ask: async () => {} }
  const companions = (context.companions ?? []).filter(
    (one) => one.kind === 'data_test' && one.tally?.rowCondition !== undefined,
  )
  return openGate(transaction, step, { ...context, companions }, askTests)
}
