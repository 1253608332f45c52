import type { Job, Queryable } from '@strata/core'
import sql from 'sql-template-tag'
import { jobIdentity } from '../job-identity.ts'
import type { Tally } from '../run/tally.ts'

/** What became of the records of a run, as `strata.job_runs` keeps it. */
export interface RunCounts extends Tally {
  /** Records that the source said there are, where it said so. */
  readonly counted?: number
  /** Bronze rows that a walk over everything missed, and that were more than the job allows to be marked. */
  readonly refused?: number
}

export interface CountedRun {
  readonly landingSchema: string
  readonly runId: number
  readonly job: Job
  readonly instanceId: number
  readonly kind: 'full' | 'increment' | 'backfill' | 'replay'
  readonly counts: RunCounts
}

/** Keeps what a run of `dw_etl_runs` brought, when it has ended. Said again, it holds anew. */
export async function storeRunCounts(
  database: Queryable,
  { landingSchema, runId, job, instanceId, kind, counts }: CountedRun,
): Promise<void> {
  await database.query(sql`
    insert into strata.job_runs (landing_schema, run_id, job, instance_id, kind, counts)
    values (${landingSchema}, ${runId}, ${jobIdentity(job)}, ${instanceId}, ${kind}, ${JSON.stringify(counts)}::jsonb)
    on conflict (landing_schema, run_id) do update
    set kind = excluded.kind, counts = excluded.counts, ended_at = now()`)
}
