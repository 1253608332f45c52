import type { Database, StepContext } from '@strata/core'
import { forgetFinished } from '../landing/seen-records.ts'
import { type EndedPass, markGone, type SweepOutcome } from './sweep-gone.ts'

export interface SweepPassOptions {
  readonly database: Database
  readonly applicationName: string
  readonly context: StepContext
}

/**
 * Marks what a pass over all slices found gone, and forgets what it has seen. To be called before its rows of `strata.job_cycles` go.
 * Null: no walk went over everything, and no slice is gone. Throws `DatabaseError`, and `SourceError` `RUN_SUPERSEDED`.
 */
export async function sweepPass(
  { database, applicationName, context }: SweepPassOptions,
  pass: EndedPass,
): Promise<SweepOutcome | null> {
  return await database.transaction(
    async (transaction) => {
      const outcome = await markGone(transaction, pass)
      await forgetFinished(transaction, pass)
      return outcome
    },
    { applicationName, signal: context.signal },
  )
}
