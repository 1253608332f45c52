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
    name: step.name,
    lockTimeoutMs: options.lockTimeoutMs ?? 200,
    tries: options.exchangeTries ?? 400,
    signal: context.signal,
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
    name: step.name,
    lockTimeoutMs: options.lockTimeoutMs ?? 200,
    tries: options.exchangeTries ?? 400,
    signal: context.signal,
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
