import { type Database, type Job, quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { jobIdentity } from '../job-identity.ts'
import { type EndpointFacts, validFacts } from '../probe/endpoint-facts.ts'
import { asRecords, type JobInstance } from './job-instance.ts'
import { hasLanded, instantOf, isoText } from './landing-tables.ts'

/** How a job of one instance stands. Moments are ISO 8601, UTC; null where there is none. */
export interface JobStatus {
  /** `source.table` */
  readonly job: string
  readonly instanceId: number
  /** `declared off`: inactive in the project's file; `switched off`: by `is_active` in `dw_etl_jobs`. */
  readonly state: 'on' | 'declared off' | 'switched off'
  /** Why it is declared off. */
  readonly reason: string | null
  /** Start of the last run that landed all it should, and how long ago that was. */
  readonly completeAt: string | null
  readonly ageSeconds: number | null
  readonly lastRun: LastRun | null
  /** How far the slices have been consumed: the one that is furthest behind, and the furthest. */
  readonly watermark: { readonly least: string; readonly greatest: string } | null
  /**
   * Of the last run that received anything: records landed ÷ records that the source sent or counted; of a table, rows that bronze had in the end ÷
   * rows that the source counts for what was asked for.
   */
  readonly captured: { readonly landed: number; readonly counted: number; readonly rate: number } | null
  /** Open dead letters by their reason, the most first. */
  readonly deadLetters: readonly { readonly reason: string; readonly letters: number }[]
  /** Records of the last run whose change time was impossible. */
  readonly rejectedCursors: number
  /** The last walk over everything; null: none is known. */
  readonly sweep: { readonly at: string; readonly missed: number; readonly deleted: number } | null
  /** Records that the last walk over everything missed and that are not marked: more than the job allows; null: no such walk. */
  readonly refused: number | null
  readonly slices: SliceCounts
  /** A pass over the slices that has begun and not ended. */
  readonly pass: { readonly position: number; readonly slices: number; readonly since: string } | null
  /** What a probe or a run has learned of the endpoint, as it is kept in `strata.endpoint_facts`. */
  readonly facts: EndpointFacts
}

export interface LastRun {
  readonly runId: number
  readonly status: 'running' | 'success' | 'failed' | 'unsupported'
  readonly startedAt: string
  readonly endedAt: string | null
  readonly loaded: number
  readonly error: string | null
}

export interface SliceCounts {
  readonly complete: number
  readonly walking: number
  readonly failed: number
  readonly gone: number
  readonly unsupported: number
}

/** The statuses of jobs and instances, in the order given. Changes nothing; works where nothing has ever landed. */
export async function readJobStatus(
  database: Database,
  landingSchema: string,
  wanted: readonly JobInstance[],
): Promise<readonly JobStatus[]> {
  if (!(await hasLanded(database, landingSchema)))
    return wanted.map(({ job, instanceId }) => statusOf(job, instanceId, undefined))
  const { rows } = await database.query<Row>(statement(landingSchema, wanted))
  const found = new Map(rows.map((row) => [`${row.identity} ${row.instance_id}`, row]))
  return wanted.map(({ job, instanceId }) =>
    statusOf(job, instanceId, found.get(`${jobIdentity(job)} ${instanceId}`)),
  )
}

interface Row {
  readonly identity: string
  readonly instance_id: number
  readonly active: boolean
  readonly last_run_status: string | null
  readonly complete_at: string | null
  readonly age: number | null
  readonly run: {
    readonly run_id: number
    readonly status: string
    readonly started_at: string
    readonly ended_at: string | null
    readonly loaded: number | null
    readonly error: string | null
  } | null
  readonly least: string | null
  readonly greatest: string | null
  readonly swept_at: string | null
  readonly slices: Partial<SliceCounts> | null
  readonly letters: readonly { readonly reason: string; readonly letters: number }[] | null
  readonly landed: number | null
  readonly counted: number | null
  readonly rejected: number | null
  readonly missed: number | null
  readonly deleted: number | null
  readonly refused: number | null
  readonly pass: JobStatus['pass']
  readonly facts: JobStatus['facts'] | null
}

function statement(landingSchema: string, wanted: readonly JobInstance[]) {
  const table = (name: string) => raw(quoteRelation({ schema: landingSchema, name }))
  const iso = (moment: string) => raw(isoText(moment))
  const instant = (moment: string) => instantOf(landingSchema, moment)
  return sql`
    with wanted as materialized (
      select * from jsonb_to_recordset(${asRecords(wanted)}::jsonb) as w (identity text, name text, instance_id integer)
    ),
    slices as materialized (
      select job, instance_id, jsonb_object_agg(status, slices) as slices, ${iso('min(least)')} as least,
        ${iso('max(greatest)')} as greatest, ${iso('max(swept_at)')} as swept_at,
        ${iso('min(unswept_at)')} as unswept_at
      from (
        select job, instance_id, status, count(*) as slices, min(watermark) as least, max(watermark) as greatest,
          max(swept_at) as swept_at,
          min(walked_at) filter (where status = 'complete' and walked_at > coalesce(swept_at, '-infinity')) as unswept_at
        from strata.job_watermarks
        where landing_schema = ${landingSchema} and (job, instance_id) in (select identity, instance_id from wanted)
        group by job, instance_id, status
      ) s group by job, instance_id
    ),
    letters as materialized (
      select job, instance_id, jsonb_agg(jsonb_build_object('reason', reason, 'letters', letters) order by letters desc, reason) as letters
      from (
        select job, instance_id, reason, count(*) as letters from strata.dead_letters
        where landing_schema = ${landingSchema} and resolved_at is null
          and (job, instance_id) in (select identity, instance_id from wanted)
        group by job, instance_id, reason
      ) l group by job, instance_id
    )
    select w.identity, w.instance_id, coalesce(j.is_active, true) as active, j.last_run_status,
      ${iso('complete.at')} as complete_at, extract(epoch from clock_timestamp() - complete.at)::float8 as age,
      last.run, s.least, s.greatest, s.swept_at, s.slices, l.letters,
      received.landed, received.counted, received.rejected, swept.missed, swept.deleted, refused.refused, pass.pass, ${raw(validFacts('f'))} as facts
    from wanted w
    left join ${table('dw_etl_jobs')} j on j.name = w.name and j.source_instance_id = w.instance_id
    left join slices s on s.job = w.identity and s.instance_id = w.instance_id
    left join letters l on l.job = w.identity and l.instance_id = w.instance_id
    left join strata.endpoint_facts f
      on f.landing_schema = ${landingSchema} and f.job = w.identity and f.instance_id = w.instance_id
    left join lateral (
      -- A run with a context was about a part: a backfill, a replay, one parameter value.
      select ${raw(instant('max(r.started_at)'))} as at from ${table('dw_etl_runs')} r
      where r.job_id = j.id and r.run_status = 'success' and r.run_context is null
    ) complete on true
    left join lateral (
      select jsonb_build_object('run_id', r.run_id, 'status', r.run_status, 'started_at', ${iso(instant('r.started_at'))},
        'ended_at', ${iso(instant('r.completed_at'))}, 'loaded', r.records_loaded, 'error', r.error_message) as run
      from ${table('dw_etl_runs')} r where r.job_id = j.id and r.run_context is null
      order by r.started_at desc nulls last, r.run_id desc limit 1
    ) last on true
    left join lateral (
      -- The load of a table has compared what it asked for with bronze.
      select coalesce((c.counts->>'captured')::float8, r.records_loaded::float8) as landed,
        coalesce((c.counts->>'available')::float8,
          greatest((c.counts->>'counted')::float8,
            (c.counts->>'fetched')::float8 + coalesce((c.counts->>'unreadable')::float8, 0))) as counted,
        (c.counts->>'rejectedCursors')::float8 as rejected
      from strata.job_runs c join ${table('dw_etl_runs')} r on r.run_id = c.run_id
      where c.landing_schema = ${landingSchema} and c.job = w.identity and c.instance_id = w.instance_id
        and r.run_context is null and r.run_status <> 'running'
        and coalesce(c.counts->>'available', c.counts->>'fetched')::float8 > 0
      order by c.ended_at desc limit 1
    ) received on true
    left join lateral (
      select (c.counts->>'missed')::float8 as missed, (c.counts->>'deleted')::float8 as deleted
      from strata.job_runs c
      where c.landing_schema = ${landingSchema} and c.job = w.identity and c.instance_id = w.instance_id
        and c.kind not in ('backfill', 'replay') and c.ended_at >= s.swept_at::timestamptz
      order by c.ended_at limit 1
    ) swept on true
    left join lateral (
      select (c.counts->>'refused')::float8 as refused
      from strata.job_runs c
      where c.landing_schema = ${landingSchema} and c.job = w.identity and c.instance_id = w.instance_id
        and c.counts ? 'refused' and c.ended_at >= s.unswept_at::timestamptz
        -- While a pass is under way, it is that one which will judge.
        and not exists (
          select from strata.job_cycles p
          where p.landing_schema = ${landingSchema} and p.job = w.identity and p.instance_id = w.instance_id)
      order by c.ended_at desc limit 1
    ) refused on true
    left join lateral (
      select jsonb_build_object('position', c.position, 'slices', c.slices, 'since', ${iso('c.started_at')}) as pass
      from strata.job_cycles c
      where c.landing_schema = ${landingSchema} and c.job = w.identity and c.instance_id = w.instance_id
    ) pass on true`
}

function statusOf(job: Job, instanceId: number, row: Row | undefined): JobStatus {
  const { landed, counted } = row ?? { landed: null, counted: null }
  return {
    job: jobIdentity(job),
    instanceId,
    state: !job.active ? 'declared off' : row?.active === false ? 'switched off' : 'on',
    reason: job.active ? null : job.reason,
    completeAt: row?.complete_at ?? null,
    ageSeconds: row?.age ?? null,
    lastRun: row === undefined ? null : lastRunOf(row),
    watermark: row?.least && row.greatest ? { least: row.least, greatest: row.greatest } : null,
    captured:
      landed === null || counted === null ? null : { landed, counted, rate: Math.min(1, landed / counted) },
    deadLetters: row?.letters ?? [],
    rejectedCursors: row?.rejected ?? 0,
    sweep: row?.swept_at ? { at: row.swept_at, missed: row.missed ?? 0, deleted: row.deleted ?? 0 } : null,
    refused: row?.refused ?? null,
    slices: { complete: 0, walking: 0, failed: 0, gone: 0, unsupported: 0, ...row?.slices },
    pass: row?.pass ?? null,
    facts: row?.facts ?? {},
  }
}

function lastRunOf({ run, last_run_status: said }: Row): LastRun | null {
  if (run === null) return null
  // The run of an endpoint that is not there counts as a success; the job's row says what it was.
  const status = run.status === 'success' && said === 'unsupported' ? 'unsupported' : run.status
  return {
    runId: run.run_id,
    status: status as LastRun['status'],
    startedAt: run.started_at,
    endedAt: run.ended_at,
    loaded: run.loaded ?? 0,
    error: run.error,
  }
}
