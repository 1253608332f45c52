import { type Session, type StepContext, StrataError, type TransactionOptions } from '@strata/core'
import type { RelationStep } from '../state/step-state.ts'
import { HooksCommitted } from '../step-hooks.ts'
import { AlterFirst, alterFirst } from './alter-first.ts'
import { alterationOptions } from './exchange-options.ts'
import { dependentsChanged } from './perform-exchange.ts'
import type { Published, RelationExecutorOptions } from './relation-executor.ts'

/** The step is begun anew with the alteration inside its transaction. Not behind a savepoint: state is told from copies by the number of its transaction. */
class LosesValues extends Error {
  readonly alteration: AlterFirst

  constructor(alteration: AlterFirst) {
    super(alteration.message)
    this.alteration = alteration
  }
}

export function keepingValues(error: unknown): never {
  throw error instanceof AlterFirst && error.isDestructive ? new LosesValues(error) : error
}

export async function publishWithRetry(
  transact: Transact,
  step: {
    publishOnce(transaction: Session): Promise<Published>
    /** Columns go, and their values with them: not before all else of the step has gone well. */
    alterInside(alteration: AlterFirst): void
    /** The hooks before it have committed what they did: they are not run again. */
    hooksAreDone(): void
  },
): Promise<Published> {
  for (let tries = 1; ; tries++) {
    try {
      return await transact(step.publishOnce)
    } catch (error) {
      if (error instanceof HooksCommitted) {
        step.hooksAreDone()
        continue
      }
      if (error instanceof LosesValues && tries < 3) {
        step.alterInside(error.alteration)
        continue
      }
      const passing = error instanceof StrataError && error.code === dependentsChanged
      if (!passing || tries >= 3) throw error
    }
  }
}

export type Transact = <T>(work: (transaction: Session) => Promise<T>) => Promise<T>

/** Transactions of a step; one that finds the table in need of columns is begun anew when it has them. */
export function altering(
  options: RelationExecutorOptions,
  step: RelationStep,
  session: TransactionOptions,
  context: StepContext,
  altered: string[],
): Transact {
  const { database } = options
  return async (work) => {
    for (let tries = 1; ; tries++) {
      try {
        return await database.transaction(work, session)
      } catch (error) {
        if (!(error instanceof AlterFirst) || tries >= 3) throw error
        await alterFirst(database, step.relation, error, alterationOptions(options, step, context), session)
        altered.push(error.said)
      }
    }
  }
}
