import type { EndpointJob, Job, Queryable } from '@strata/core'
import { quoteRelation } from '@strata/core'
import sql, { join, raw, type Sql } from 'sql-template-tag'
import { jobIdentity, type SliceParameters, sliceIdentity } from '../job-identity.ts'
import type { CursorValue, LandingPlace, PagesPlace } from '../landing/landing-statement.ts'
import { superseded } from './superseded.ts'
import type { WalkPlace } from './walk-place.ts'

/** What earlier walks of a slice have left. */
export interface SliceState {
  /** The lower bound of its next walk: its watermark less the lookback, in the API's format. Null: from the beginning. */
  readonly bound: string | null
  /** Where an unfinished walk stands; null: none is under way. Plain JSON, of whatever version wrote it. */
  readonly checkpoint: unknown
  /** Whether a walk has noted what it has seen. */
  readonly hasSeen: boolean
}

/** By the slices' identities; a slice that is not there has never been walked. */
export async function readSliceStates(
  database: Queryable,
  landingSchema: string,
  job: EndpointJob,
  instanceId: number,
  slices: readonly string[],
): Promise<ReadonlyMap<string, SliceState>> {
  const { cursor, sweep } = job
  // Down to the millisecond: APIs write up to seven digits and Postgres rounds to six, so the last digits may lie above.
  const { rows } = await database.query<SliceState & { readonly slice: string }>(sql`
    select wanted.slice, w.place as checkpoint,
      case
        when ${cursor === null} then null
        -- Times of another field say nothing of this one.
        when coalesce(w.cursor_field, ${cursor?.field ?? ''}) <> ${cursor?.field ?? ''} then null
        -- Now and then everything is read again.
        when ${sweep !== null} and not coalesce(w.swept_at > now() - make_interval(secs => ${sweep?.everySeconds ?? 0}), false) then null
        else to_char(
          (w.watermark - make_interval(secs => ${cursor?.lookbackSeconds ?? 0}) - interval '1 microsecond') at time zone 'UTC',
          'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      end as bound,
      exists (
        select from strata.seen_records s
        where s.landing_schema = ${landingSchema} and s.job = ${jobIdentity(job)}
          and s.instance_id = ${instanceId}::integer and s.slice = wanted.slice) as "hasSeen"
    from unnest(${slices}::text[]) as wanted (slice)
    left join strata.job_watermarks w
      on w.landing_schema = ${landingSchema} and w.job = ${jobIdentity(job)}
        and w.instance_id = ${instanceId}::integer and w.slice = wanted.slice`)
  return new Map(rows.map((row) => [row.slice, row]))
}

/** A walk that goes nowhere begins anew the next time. */
export async function forgetCheckpoint(
  database: Queryable,
  place: Omit<LandingPlace, 'job'> & { readonly job: Job },
): Promise<void> {
  await database.query(sql`
    update strata.job_watermarks set place = null
    where landing_schema = ${place.landingSchema} and job = ${jobIdentity(place.job)}
      and instance_id = ${place.instanceId}::integer and slice = ${sliceIdentity(place.parameters)}`)
}

export interface Progress {
  /** Records accepted by this page. */
  readonly accepted: number
  /** Records received by the walk so far. */
  readonly received: number
  /** Greatest cursor value of the walk so far. */
  readonly candidate: CursorValue | null
  /** Upper bound of the cursor values that count (ISO 8601), and how many seconds ago it was fixed. */
  readonly bound: string | null
  readonly took: number
  /** Where to go on; null: nowhere, the walk begins anew. */
  readonly walk: WalkPlace | null
  /** Whether the walk has seen all: only then the watermark moves. */
  readonly complete: boolean
  /** Whether it has seen everything there is. */
  readonly sweeping: boolean
  /** Whether what it has not seen is to be marked; otherwise there was nothing before that could be gone. */
  readonly marking: boolean
  /** A walk beside the others: it counts, and leaves watermark and checkpoint alone. */
  readonly stateless: boolean
  /** What of its parents the walk has seen; null: that is not gone by. */
  readonly parentsSeen?: string | null
}

/** How far the walk of a slice has come. */
export interface SliceProgress extends Progress {
  readonly parameters: SliceParameters
}

/**
 * Stores where walks stand and adds to the run's counter, in the transaction of their pages. Throws `SourceError`
 * `RUN_SUPERSEDED` when the run is no longer ours, so that a process that lost its lock writes nothing more.
 */
export async function storeProgress(
  transaction: Queryable,
  place: PagesPlace,
  walks: readonly SliceProgress[],
): Promise<void> {
  if (walks.length === 0) return
  const runs = raw(quoteRelation({ schema: place.landingSchema, name: 'dw_etl_runs' }))
  const accepted = walks.reduce((sum, walk) => sum + walk.accepted, 0)
  const counted = sql`
    update ${runs} set records_loaded = records_loaded + ${accepted}::integer
    where run_id = ${place.runId}::integer and run_status = 'running' returning run_id`
  const stored = walks.filter(({ stateless }) => !stateless)
  const { rowCount } = await transaction.query(
    stored.length === 0 ? counted : sql`with run as (${counted}) ${storing(place, stored)}`,
  )
  if (rowCount === 0) throw superseded(place)
}

/** An upsert of the states of slices, where there is a `run`. */
function storing({ landingSchema, job, instanceId }: PagesPlace, walks: readonly SliceProgress[]): Sql {
  const rows = walks.map(
    ({
      parameters,
      received,
      candidate,
      bound,
      took,
      walk,
      complete,
      sweeping,
      marking,
      parentsSeen = null,
    }) => sql`
      (${sliceIdentity(parameters)}::text, ${complete}::boolean, ${complete || walk === null ? null : JSON.stringify(walk)}::jsonb,
        ${watermarkOf(complete ? candidate : null, bound, took)}, ${complete ? (candidate?.text ?? null) : null}::text,
        ${complete ? received : null}::bigint, ${complete && sweeping}::boolean, ${complete && sweeping && !marking}::boolean,
        ${complete ? parentsSeen : null}::xid8)`,
  )
  return sql`
    insert into strata.job_watermarks as w
      (landing_schema, job, instance_id, slice, status, place, run_id, watermark, watermark_text,
       cursor_field, records_received, last_complete_at, walked_at, swept_at, parents_seen)
    select ${landingSchema}, ${jobIdentity(job)}, ${instanceId}::integer, slice,
      case when complete then 'complete' else 'walking' end, place, run_id, watermark, watermark_text,
      case when complete then ${job.cursor?.field ?? null}::text end, received, case when complete then now() end,
      case when walked then now() end, case when swept then now() end, parents_seen
    from run, (values ${join(rows)})
      as given (slice, complete, place, watermark, watermark_text, received, walked, swept, parents_seen)
    on conflict (landing_schema, job, instance_id, slice) do update
    set status = excluded.status, place = excluded.place, run_id = excluded.run_id, failure = null,
      watermark = case when excluded.cursor_field <> w.cursor_field then excluded.watermark
        else greatest(w.watermark, excluded.watermark) end,
      watermark_text = case
        when w.watermark is null or excluded.watermark > w.watermark or excluded.cursor_field <> w.cursor_field
        then excluded.watermark_text else w.watermark_text end,
      cursor_field = coalesce(excluded.cursor_field, w.cursor_field),
      records_received = coalesce(excluded.records_received, w.records_received),
      last_attempt_at = now(), last_complete_at = coalesce(excluded.last_complete_at, w.last_complete_at),
      walked_at = coalesce(excluded.walked_at, w.walked_at), swept_at = coalesce(excluded.swept_at, w.swept_at),
      parents_seen = coalesce(excluded.parents_seen, w.parents_seen)
    returning 1`
}

/** Whatever zone a time is of, it is no farther from UTC. */
const farthestZone = raw(`interval '15 hours'`)

/**
 * A local time of a place west of us lies below the bound though it is of the walk itself, in which records may have changed that had
 * been read: no time of before the walk is later than the greatest one less what the walk took.
 */
function watermarkOf(candidate: CursorValue | null, bound: string | null, took: number): Sql {
  if (candidate === null) return sql`null::timestamptz`
  const at = sql`${candidate.at}::timestamptz`
  if (bound === null || !/^\d{4}-\d\d-\d\d(?:[T ][\d:.]+)?$/.test(candidate.text)) return at
  return sql`case when ${at} > ${bound}::timestamptz - ${farthestZone}
    then ${at} - make_interval(secs => ${took}::float8) else ${at} end`
}

/** Notes how an unfinished walk ended. The watermark stays. */
export async function storeFailure(
  database: Queryable,
  place: Omit<LandingPlace, 'job'> & { readonly job: Job },
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

/** Whether any walk of the job has ever come to its end for this instance. */
export async function hasLanded(
  database: Queryable,
  landingSchema: string,
  job: Job,
  instanceId: number,
): Promise<boolean> {
  const { rows } = await database.query<{ landed: boolean }>(sql`
    select exists (
      select from strata.job_watermarks
      where landing_schema = ${landingSchema} and job = ${jobIdentity(job)} and instance_id = ${instanceId}::integer
        and last_complete_at is not null) as landed`)
  return rows[0]!.landed
}

/** Whether bronze holds any record of the job for this instance. */
export async function hasRows(database: Queryable, job: Job, instanceId: number): Promise<boolean> {
  const { rows } = await database.query<{ found: boolean }>(sql`
    select exists (
      select from ${raw(quoteRelation(job.target))} where source_instance_id = ${instanceId}::integer) as found`)
  return rows[0]!.found
}
