import type { Job, Queryable } from '@strata/core'
import { quoteRelation, SourceError } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { jobIdentity, sliceIdentity } from '../job-identity.ts'
import type { CursorValue, LandingPlace } from '../landing/landing-statement.ts'

/** The lower bound of each slice's next walk: its watermark less the lookback, in the API's format. Absent: from the beginning. */
export async function readLowerBounds(
  database: Queryable,
  landingSchema: string,
  job: Job,
  instanceId: number,
  slices: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (job.cursor === null) return new Map()
  // Down to the millisecond: APIs write up to seven digits and Postgres rounds to six, so the last digits may lie above.
  const { rows } = await database.query<{ slice: string; bound: string }>(sql`
    select slice, to_char(
      (watermark - make_interval(secs => ${job.cursor.lookbackSeconds}) - interval '1 microsecond') at time zone 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as bound
    from strata.job_watermarks
    where landing_schema = ${landingSchema} and job = ${jobIdentity(job)} and instance_id = ${instanceId}
      and slice = any(${slices}::text[]) and watermark is not null`)
  return new Map(rows.map(({ slice, bound }) => [slice, bound]))
}

export interface Progress {
  /** Records accepted by this page. */
  readonly accepted: number
  /** Records received by the walk so far. */
  readonly received: number
  /** Greatest cursor value of the walk so far. */
  readonly candidate: CursorValue | null
  /** Whether the walk has seen all: only then the watermark moves. */
  readonly complete: boolean
}

/**
 * Stores where the walk stands and adds to the run's counter, in the page's transaction. Throws `SourceError`
 * `RUN_SUPERSEDED` when the run is no longer ours, so that a process that lost its lock writes nothing more.
 */
export async function storeProgress(
  transaction: Queryable,
  place: LandingPlace,
  { accepted, received, candidate, complete }: Progress,
): Promise<void> {
  const runs = raw(quoteRelation({ schema: place.landingSchema, name: 'dw_etl_runs' }))
  const { rowCount } = await transaction.query(sql`
    with run as (
      update ${runs} set records_loaded = records_loaded + ${accepted}::integer
      where run_id = ${place.runId} and run_status = 'running' returning run_id
    )
    insert into strata.job_watermarks as w
      (landing_schema, job, instance_id, slice, status, place, run_id, watermark, watermark_text,
       records_received, last_complete_at)
    select ${place.landingSchema}, ${jobIdentity(place.job)}, ${place.instanceId}::integer,
      ${sliceIdentity(place.parameters)}, ${complete ? 'complete' : 'walking'},
      ${complete ? null : JSON.stringify({ skip: received })}::jsonb, run_id,
      ${complete ? (candidate?.at ?? null) : null}::timestamptz, ${complete ? (candidate?.text ?? null) : null}::text,
      ${complete ? received : null}::bigint, case when ${complete} then now() end
    from run
    on conflict (landing_schema, job, instance_id, slice) do update
    set status = excluded.status, place = excluded.place, run_id = excluded.run_id, failure = null,
      watermark = greatest(w.watermark, excluded.watermark),
      watermark_text = case when w.watermark is null or excluded.watermark > w.watermark
        then excluded.watermark_text else w.watermark_text end,
      records_received = coalesce(excluded.records_received, w.records_received),
      last_attempt_at = now(), last_complete_at = coalesce(excluded.last_complete_at, w.last_complete_at)
    returning 1`)
  if (rowCount === 0) {
    throw new SourceError({
      code: 'RUN_SUPERSEDED',
      message: `another process took over ${jobIdentity(place.job)} of instance ${place.instanceId}`,
      hint: 'our connection that held the job was cut; what the other process lands is complete',
    })
  }
}

/** Notes how an unfinished walk ended. The watermark stays. */
export async function storeFailure(
  database: Queryable,
  place: LandingPlace,
  status: 'failed' | 'gone' | 'unsupported',
  failure: string,
): Promise<void> {
  await database.query(sql`
    insert into strata.job_watermarks (landing_schema, job, instance_id, slice, status, run_id, failure)
    values (${place.landingSchema}, ${jobIdentity(place.job)}, ${place.instanceId}, ${sliceIdentity(place.parameters)},
      ${status}, ${place.runId}, ${failure})
    on conflict (landing_schema, job, instance_id, slice) do update
    set status = excluded.status, run_id = excluded.run_id, failure = excluded.failure, last_attempt_at = now()`)
}
