import type { Session, StepContext } from '@strata/core'
import type { RelationStep } from '../state/step-state.ts'
import { upsertRelation } from '../state/store-state.ts'
import type { PerformOptions } from './perform-actions.ts'
import type { ExchangeOptions } from './perform-exchange.ts'
import type { RelationContext, RelationExecutorOptions } from './relation-executor.ts'

/** An alteration exchanges nothing. */
export function alterationOptions(
  options: RelationExecutorOptions,
  step: RelationStep,
  context: StepContext,
): ExchangeOptions {
  return {
    ...waiting(options, step, context),
    isOurs: async () => false,
    retire: async () => {},
  }
}

export function exchangeOptions(
  transaction: Session,
  options: RelationExecutorOptions,
  step: RelationStep,
  context: RelationContext,
): PerformOptions {
  return {
    ...waiting(options, step, context),
    gate: context.gate,
    async isOurs(view) {
      const { rowCount } = await transaction.query({
        text: 'select from strata.relations where schema_name = $1 and relation_name = $2 and not retired',
        values: [view.schema, view.name],
      })
      return rowCount > 0
    },
    retire: (relation) =>
      upsertRelation(transaction, relation, { node: step.id, fingerprint: '', retired: true, context }),
  }
}

/** How long it waits for who reads the relation. */
function waiting(
  { lockTimeoutMs = 200, exchangeTries = 400 }: RelationExecutorOptions,
  { name }: RelationStep,
  { signal }: StepContext,
) {
  return { name, lockTimeoutMs, tries: exchangeTries, signal }
}
