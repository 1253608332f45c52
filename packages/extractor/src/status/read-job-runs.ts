import { type Database, quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { hasLanded, instantOf, isoText } from './landing-tables.ts'

/** A run of `dw_etl_runs`, with what `strata.job_runs` knows of it. Moments are ISO 8601, UTC. */
export interface JobRunSummary {
  readonly runId: number
  /** As `dw_etl_jobs` names it. */
  readonly name: string
  readonly source: string | null
  readonly instance: string | null
  readonly status: string
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly milliseconds: number | null
  readonly loaded: number
  /** `full`, `increment`, `backfill`, `replay`; null: nothing was kept. */
  readonly kind: string | null
  /** Whether nothing had landed completely before it. */
  readonly first: boolean
  readonly context: { readonly [name: string]: unknown } | null
  /** fetched, inserted, changed, unchanged, quarantined, deleted … */
  readonly counts: { readonly [count: string]: number }
  readonly error: string | null
}

/** What the runs of a job in the last seven days say of it. */
export interface JobStatistics {
  readonly name: string
  readonly source: string | null
  readonly instance: string | null
  /** Ended runs. */
  readonly runs: number
  readonly failed: number
  readonly successRate: number
  readonly lastFailedAt: string | null
  readonly lastError: string | null
  readonly medianMilliseconds: number | null
  readonly slowestMilliseconds: number | null
  readonly totalMilliseconds: number
  readonly loaded: number
}

/** The last runs of jobs in a landing schema, newest first. */
export async function readJobRuns(
  database: Database,
  landingSchema: string,
  limit: number,
): Promise<readonly JobRunSummary[]> {
  if (!(await hasLanded(database, landingSchema))) return []
  const { runs, jobs, credentials } = tables(landingSchema)
  const instant = (moment: string) => instantOf(landingSchema, moment)
  const { rows } = await database.query<RunRow>(sql`
    select r.run_id, coalesce(j.name, '') as name, i.source, i.name as instance, coalesce(r.run_status, '') as status,
      ${raw(isoText(instant('r.started_at')))} as started_at, ${raw(isoText(instant('r.completed_at')))} as ended_at,
      extract(epoch from ${raw(instant('r.completed_at'))} - ${raw(instant('r.started_at'))})::float8 * 1000 as milliseconds,
      coalesce(r.records_loaded, 0) as loaded, c.kind, r.run_context as context, coalesce(c.counts, '{}') as counts,
      not exists (
        select from ${runs} e where e.job_id = r.job_id and e.run_id < r.run_id and e.run_status = 'success'
          and e.run_context is null and e.error_message is null
      ) as first,
      r.error_message as error
    from (
      select * from ${runs} order by started_at desc nulls last, run_id desc limit ${limit}::bigint
    ) r
    left join ${jobs} j on j.id = r.job_id
    left join ${credentials} i on i.id = coalesce(j.source_instance_id, r.credential_id)
    left join strata.job_runs c on c.landing_schema = ${landingSchema} and c.run_id = r.run_id
    order by r.started_at desc nulls last, r.run_id desc`)
  return rows.map((row) => ({
    runId: row.run_id,
    name: row.name,
    source: row.source,
    instance: row.instance,
    status: row.status,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    milliseconds: row.milliseconds,
    loaded: row.loaded,
    kind: row.kind,
    first: row.first,
    context: row.context,
    counts: row.counts,
    error: row.error,
  }))
}

/** What the last seven days say of each job and instance that ran, by name. */
export async function readJobStatistics(
  database: Database,
  landingSchema: string,
): Promise<readonly JobStatistics[]> {
  if (!(await hasLanded(database, landingSchema))) return []
  const { runs, jobs, credentials } = tables(landingSchema)
  const instant = (moment: string) => instantOf(landingSchema, moment)
  const { rows } = await database.query<StatisticsRow>(sql`
    select j.name, i.source, i.name as instance, count(*)::int as runs,
      count(*) filter (where failed)::int as failed,
      ${raw(isoText('max(started) filter (where failed)'))} as last_failed_at,
      (array_agg(r.error_message order by r.started_at desc) filter (where failed))[1] as last_error,
      percentile_cont(0.5) within group (order by took) as median, max(took) as slowest, coalesce(sum(took), 0) as total,
      coalesce(sum(r.records_loaded), 0)::float8 as loaded
    from ${runs} r
    join ${jobs} j on j.id = r.job_id
    left join ${credentials} i on i.id = j.source_instance_id
    cross join lateral (
      select r.run_status = 'failed' as failed, ${raw(instant('r.started_at'))} as started,
        extract(epoch from ${raw(instant('r.completed_at'))} - ${raw(instant('r.started_at'))})::float8 * 1000 as took
    ) t
    -- The day more is for times without a zone.
    where r.started_at > now() - interval '8 days' and started > now() - interval '7 days' and r.run_status <> 'running'
    group by j.id, j.name, i.source, i.name
    order by i.source, j.name, i.name`)
  return rows.map((row) => ({
    name: row.name,
    source: row.source,
    instance: row.instance,
    runs: row.runs,
    failed: row.failed,
    successRate: (row.runs - row.failed) / row.runs,
    lastFailedAt: row.last_failed_at,
    lastError: row.last_error,
    medianMilliseconds: row.median,
    slowestMilliseconds: row.slowest,
    totalMilliseconds: row.total,
    loaded: row.loaded,
  }))
}

interface RunRow {
  readonly run_id: number
  readonly name: string
  readonly source: string | null
  readonly instance: string | null
  readonly status: string
  readonly started_at: string | null
  readonly ended_at: string | null
  readonly milliseconds: number | null
  readonly loaded: number
  readonly kind: string | null
  readonly first: boolean
  readonly context: JobRunSummary['context']
  readonly counts: JobRunSummary['counts']
  readonly error: string | null
}

interface StatisticsRow {
  readonly name: string
  readonly source: string | null
  readonly instance: string | null
  readonly runs: number
  readonly failed: number
  readonly last_failed_at: string | null
  readonly last_error: string | null
  readonly median: number | null
  readonly slowest: number | null
  readonly total: number
  readonly loaded: number
}

function tables(landingSchema: string) {
  const table = (name: string) => raw(quoteRelation({ schema: landingSchema, name }))
  return { runs: table('dw_etl_runs'), jobs: table('dw_etl_jobs'), credentials: table('dw_api_credentials') }
}
