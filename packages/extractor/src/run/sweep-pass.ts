import type { Database, Queryable, StepContext } from '@strata/core'
import sql from 'sql-template-tag'
import { followsParents, jobIdentity } from '../job-identity.ts'
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
      const shared = await countShared(transaction, pass)
      const outcome = await markGone(transaction, pass)
      await forgetFinished(transaction, pass)
      return outcome === null || shared === 0 ? outcome : { ...outcome, shared }
    },
    { applicationName, signal: context.signal },
  )
}

/** Where a slice is asked for when its parent changes, such a record goes to and fro, and is written each time. */
async function countShared(
  transaction: Queryable,
  { landingSchema, job, instanceId }: EndedPass,
): Promise<number> {
  if (!followsParents(job) || job.key.some((part) => 'parameter' in part)) return 0
  const { rows } = await transaction.query<{ shared: number }>(sql`
    select count(*)::integer as shared from (
      select from (
        select slice, unnest(ids) as id from strata.seen_records
        where landing_schema = ${landingSchema} and job = ${jobIdentity(job)} and instance_id = ${instanceId}::integer
      ) as seen
      group by id having min(slice) <> max(slice)
    ) as several`)
  return rows[0]!.shared
}
