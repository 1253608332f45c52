import { type Database, type Job, quoteLiteral, quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { instantOf } from '../status/landing-tables.ts'

export interface LastWalk {
  /** Start of the last walk that landed all it should, ISO 8601, UTC: of the instance that is furthest behind. Null: one has none. */
  readonly at: string | null
  readonly measuredAt: string
  readonly ageSeconds: number | null
  /** Instances that are switched on; 0: none of them lands anything. */
  readonly instances: number
}

/** When a job last landed all of its records. Changes nothing; works on a database where nothing has landed. */
export async function readLastWalk(
  database: Database,
  landingSchema: string,
  job: Job,
  instanceIds: readonly number[],
): Promise<LastWalk> {
  const table = (name: string) => quoteRelation({ schema: landingSchema, name })
  const exists = (name: string) => `to_regclass(${quoteLiteral(table(name))}) is not null`
  const found = await database.query<{ there: boolean; zoned: boolean; now: string }>(
    `select ${exists('dw_etl_runs')} and ${exists('dw_etl_jobs')} as there, ${iso('clock_timestamp()')} as now,
      to_regprocedure('strata.stored_instant(text, timestamptz)') is null as zoned`,
  )
  const { there, zoned, now: measuredAt } = found.rows[0]!
  if (!there) return { at: null, measuredAt, ageSeconds: null, instances: instanceIds.length }
  // An older version left a state in which no table can have been taken over.
  const startedAt = zoned ? 'max(r.started_at)' : instantOf(landingSchema, 'max(r.started_at)')
  const { rows } = await database.query<Row>(sql`
    select ${raw(iso('clock_timestamp()'))} as now, count(*) filter (where active)::int as instances,
      ${raw(iso('min(last) filter (where active)'))} as last,
      coalesce(bool_or(last is null) filter (where active), false) as missing,
      extract(epoch from clock_timestamp() - min(last) filter (where active))::float8 as age
    from (
      select coalesce(j.is_active, true) as active, (
        -- A run with a context was about a part: a backfill, a replay, one parameter value.
        select ${raw(startedAt)} from ${raw(table('dw_etl_runs'))} r
        where r.job_id = j.id and r.run_status = 'success' and r.run_context is null
      ) as last
      from pg_catalog.unnest(${[...instanceIds]}::int[]) as wanted (id)
      left join ${raw(table('dw_etl_jobs'))} j on j.name = ${job.name} and j.source_instance_id = wanted.id
    ) as walks`)
  const { now, instances, last, missing, age } = rows[0]!
  return { at: missing ? null : last, measuredAt: now, ageSeconds: missing ? null : age, instances }
}

interface Row {
  readonly now: string
  readonly instances: number
  readonly last: string | null
  readonly missing: boolean
  readonly age: number | null
}

function iso(moment: string): string {
  return `to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}
