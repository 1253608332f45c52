import type { FileJob, TableJob } from '@strata/core'
import { type Database, quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { jobIdentity } from '../job-identity.ts'
import { asRecords, type JobInstance } from './job-instance.ts'
import { hasLanded, instantOf, isoText } from './landing-tables.ts'

/** How the loads of a table, or of the files of a job, went in the last seven days. Backfills and loads under way do not count. */
export interface LoadStatistics {
  readonly loads: number
  readonly succeeded: number
  /** Rows that the source counted for what the loads asked for, and those of them that bronze had in the end. */
  readonly available: number
  readonly captured: number
  /** Loads that found rows missing which they, or earlier ones, should have brought; and the rows. */
  readonly violations: number
  readonly missing: number
  /** Loads that met a key more than once, and the rows beyond the first of each. */
  readonly duplicateLoads: number
  readonly duplicates: number
  /** Seconds that increments took less than the full load before them would have; null: there is nothing to compare. */
  readonly secondsSaved: number | null
  /** How long those full loads would have taken. */
  readonly secondsOfFullLoads: number | null
}

/** What is known of a change column. */
export interface ChangeColumnStatus {
  readonly name: string
  /** As the source writes it; null: no load has seen a value that is believed. */
  readonly watermark: string | null
  /** Of sampled rows that were seen to change: all, and those that the column did not tell of. Null: nobody has looked. */
  readonly proof: {
    readonly changed: number
    readonly missed: number
    readonly since: string
    readonly until: string
  } | null
}

/** What is known of a table, or of files, beside its `JobStatus`. */
export interface TableStatus {
  readonly job: string
  readonly instanceId: number
  /** Most reliable first; empty where each load reads everything. */
  readonly columns: readonly ChangeColumnStatus[]
  readonly week: LoadStatistics
}

/** Of those jobs that land tables and files, in the order given. Changes nothing; works where nothing has ever landed. */
export async function readTableStatus(
  database: Database,
  landingSchema: string,
  wanted: readonly JobInstance[],
): Promise<readonly TableStatus[]> {
  const tables = wanted.flatMap(({ job, instanceId }) =>
    job.kind === 'endpoint' ? [] : [{ job, instanceId }],
  )
  if (tables.length === 0) return []
  const rows = (await hasLanded(database, landingSchema))
    ? (await database.query<Row>(statement(landingSchema, tables))).rows
    : []
  const found = new Map(rows.map((row) => [`${row.identity} ${row.instance_id}`, row]))
  return tables.map(({ job, instanceId }) =>
    statusOf(job, instanceId, found.get(`${jobIdentity(job)} ${instanceId}`)),
  )
}

interface Row {
  readonly identity: string
  readonly instance_id: number
  readonly watermarks: { readonly [column: string]: string } | null
  readonly proofs: { readonly [column: string]: NonNullable<ChangeColumnStatus['proof']> } | null
  readonly loads: number
  readonly succeeded: number
  readonly available: number
  readonly captured: number
  readonly violations: number
  readonly missing: number
  readonly duplicate_loads: number
  readonly duplicates: number
  readonly saved: number | null
  readonly full: number | null
}

function statement(landingSchema: string, wanted: readonly JobInstance[]) {
  const table = (name: string) => raw(quoteRelation({ schema: landingSchema, name }))
  const started = raw(instantOf(landingSchema, 'r.started_at'))
  const ended = raw(instantOf(landingSchema, 'r.completed_at'))
  const count = (name: string) => raw(`coalesce((k.counts->>'${name}')::float8, 0)`)
  return sql`
    with wanted as materialized (
      select w.*, j.id as job_id
      from jsonb_to_recordset(${asRecords(wanted)}::jsonb) as w (identity text, name text, instance_id integer)
      left join ${table('dw_etl_jobs')} j on j.name = w.name and j.source_instance_id = w.instance_id
    ),
    recent as materialized (
      select r.job_id, r.run_id, started.at as started_at, extract(epoch from ${ended} - started.at)::float8 as seconds,
        r.run_status = 'success' as success, k.kind, ${count('available')} as available, ${count('captured')} as captured,
        ${count('missing')} as missing, ${count('duplicates')} as duplicates
      from wanted w
      join ${table('dw_etl_runs')} r on r.job_id = w.job_id
      cross join lateral (select ${started} as at) started
      left join strata.job_runs k on k.landing_schema = ${landingSchema} and k.run_id = r.run_id
      -- The day more is for times without a zone.
      where r.started_at > now() - interval '8 days' and started.at > now() - interval '7 days'
        and r.run_status <> 'running' and r.run_context is null
    ),
    earlier as materialized (
      select w.job_id, full_load.run_id, full_load.started_at, full_load.seconds
      from wanted w
      cross join lateral (
        select r.run_id, ${started} as started_at, extract(epoch from ${ended} - ${started})::float8 as seconds
        from strata.job_runs k join ${table('dw_etl_runs')} r on r.run_id = k.run_id
        where k.landing_schema = ${landingSchema} and k.job = w.identity and k.instance_id = w.instance_id and k.kind = 'full'
          and r.job_id = w.job_id and r.run_status = 'success' and r.run_context is null
          and ${started} <= now() - interval '7 days'
        order by k.ended_at desc limit 1
      ) full_load
      where exists (select from recent where recent.job_id = w.job_id and recent.kind = 'increment')
    ),
    loads as (
      select *, first_value(seconds) over (partition by job_id, full_loads order by started_at, run_id) as full_seconds
      from (
        select *, count(*) filter (where success and kind = 'full') over (partition by job_id order by started_at, run_id) as full_loads
        from (
          select * from recent
          union all
          select job_id, run_id, started_at, seconds, true, 'full', 0, 0, 0, 0 from earlier
        ) both_parts
      ) counted
    ),
    weeks as materialized (
      select job_id, count(*)::float8 as loads, count(*) filter (where success)::float8 as succeeded,
        sum(available) as available, sum(captured) as captured,
        count(*) filter (where missing > 0)::float8 as violations, sum(missing) as missing,
        count(*) filter (where duplicates > 0)::float8 as duplicate_loads, sum(duplicates) as duplicates,
        sum(full_seconds - seconds) filter (where comparable) as saved, sum(full_seconds) filter (where comparable) as full
      from (select *, success and kind = 'increment' and full_loads > 0 as comparable from loads) l
      where started_at > now() - interval '7 days'
      group by job_id
    )
    select w.identity, w.instance_id, m.column_watermarks as watermarks, p.proofs,
      coalesce(l.loads, 0) as loads, coalesce(l.succeeded, 0) as succeeded, coalesce(l.available, 0) as available,
      coalesce(l.captured, 0) as captured, coalesce(l.violations, 0) as violations, coalesce(l.missing, 0) as missing,
      coalesce(l.duplicate_loads, 0) as duplicate_loads, coalesce(l.duplicates, 0) as duplicates, l.saved, l.full
    from wanted w
    left join weeks l on l.job_id = w.job_id
    left join strata.job_watermarks m
      on m.landing_schema = ${landingSchema} and m.job = w.identity and m.instance_id = w.instance_id and m.slice = '{}'
    left join lateral (
      select jsonb_object_agg(c.column_name, jsonb_build_object('changed', c.changed, 'missed', c.missed,
        'since', ${raw(isoText('c.first_at'))}, 'until', ${raw(isoText('c.last_at'))})) as proofs
      from strata.change_columns c
      where c.landing_schema = ${landingSchema} and c.job = w.identity and c.instance_id = w.instance_id and c.changed > 0
    ) p on true`
}

function statusOf(job: TableJob | FileJob, instanceId: number, row: Row | undefined): TableStatus {
  const declared = job.kind === 'table' ? (job.watermark?.columns ?? []) : []
  return {
    job: jobIdentity(job),
    instanceId,
    columns: declared.map(({ name }) => ({
      name,
      watermark: row?.watermarks?.[name] ?? null,
      proof: row?.proofs?.[name] ?? null,
    })),
    week: {
      loads: row?.loads ?? 0,
      succeeded: row?.succeeded ?? 0,
      available: row?.available ?? 0,
      captured: row?.captured ?? 0,
      violations: row?.violations ?? 0,
      missing: row?.missing ?? 0,
      duplicateLoads: row?.duplicate_loads ?? 0,
      duplicates: row?.duplicates ?? 0,
      secondsSaved: row?.saved ?? null,
      secondsOfFullLoads: row?.full ?? null,
    },
  }
}
