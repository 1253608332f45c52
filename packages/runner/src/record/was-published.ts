import type { Database, Step, Target } from '@strata/core'
import { lockKey } from '../publish/relation-lock.ts'
import { stateKey } from '../state/state-key.ts'

/**
 * Whether a step of this run has published its relation. Waits for a transaction of the step that is still at its end on the
 * server. False for steps that publish nothing.
 */
export function wasPublished(
  database: Database,
  target: Pick<Target, 'name' | 'prefix'>,
  step: Step,
  runId: string,
): Promise<boolean> {
  if (!('relation' in step)) return Promise.resolve(false)
  // What was published first may be without its batches.
  if (step.kind === 'model' && step.batches !== undefined) return Promise.resolve(false)
  // What stands behind the publication may not have run.
  if (step.postHooks.some((hook) => !hook.transaction)) return Promise.resolve(false)
  const { relation, id } = step
  return database.transaction(async (transaction) => {
    await transaction.query({
      text: 'select pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))',
      values: [lockKey(relation)],
    })
    const { rowCount } = await transaction.query({
      text: 'select from strata.relations where target = $1 and node = $2 and run_id = $3 and not retired',
      values: [stateKey(target), id, runId],
    })
    return rowCount > 0
  })
}
