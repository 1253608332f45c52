import { type Database, type Job, quoteRelation } from '@strata/core'
import sql, { raw, type Sql } from 'sql-template-tag'
import { soleInstances } from './bronze-rows.ts'
import { inOwnZone, type Step } from './step.ts'
import type { JobTables } from './survey-table.ts'

export interface JobRowsPlace {
  readonly database: Database
  readonly landingSchema: string
  readonly jobs: readonly Job[]
  readonly instances: readonly { readonly id: number; readonly name: string }[]
  /** What is there before any step. */
  readonly tables: JobTables
  /** Columns that the table has before any step. */
  readonly has: (table: string, column: string) => boolean
}

/** Instances that are declared and have no row yet. */
export async function instanceSteps(place: JobRowsPlace, source: string): Promise<readonly Step[]> {
  const table = raw(quoteRelation({ schema: place.landingSchema, name: 'dw_api_credentials' }))
  const declared = JSON.stringify(place.instances.map(({ id, name }) => ({ id, name, source })))
  const rows = sql`jsonb_to_recordset(${declared}::jsonb) as d (id integer, name text, source text)`
  const { rows: known } = place.has('dw_api_credentials', 'id')
    ? await place.database.query<{ missing: number }>(sql`
        select count(*)::int as missing from ${rows} where not exists (select from ${table} c where c.id = d.id)`)
    : { rows: [{ missing: place.instances.length }] }
  const missing = known[0]!.missing
  if (missing === 0) return []
  return [
    {
      what: 'add the instances that are declared and have no row',
      rows: missing,
      run: (step) =>
        inOwnZone(step, async (transaction) => {
          const { rowCount } = await transaction.query(sql`
            insert into ${table} (id, name, source, base_url, is_simulated)
            select d.id, d.name, d.source, '', false from ${rows}
            where not exists (select from ${table} c where c.id = d.id)`)
          return rowCount
        }),
    },
  ]
}

/** One row a job and instance: the known ones get their instance and their declared name; a second one of both is switched off. */
export async function jobRowSteps(place: JobRowsPlace): Promise<readonly Step[]> {
  if (place.tables.jobs === null && !place.has('dw_etl_jobs', 'id')) return []
  const changes = wantedJobs(place, place.has('dw_etl_jobs', 'source_instance_id'))
  const { rows } = await place.database.query<{ changes: number }>(
    sql`select count(*)::int as changes from (${changes}) as changed`,
  )
  if (rows[0]!.changes === 0) return []
  return [
    {
      what: 'give each job its instance and its declared name; a second row of both is renamed and switched off',
      rows: rows[0]!.changes,
      run: (step) =>
        inOwnZone(step, async (transaction) => {
          const { rowCount } = await transaction.query(sql`
            update ${raw(jobsTable(place))} as j
            set source_instance_id = w.instance, name = w.wanted_name, updated_at = now(),
              is_active = case when w.place > 1 then false else j.is_active end
            from (${wantedJobs(place, true)}) as w where w.id = j.id`)
          return rowCount
        }),
    },
  ]
}

/** Runs of these jobs that a crash left open: nobody else lands now. */
export async function stuckRunSteps(place: JobRowsPlace): Promise<readonly Step[]> {
  if (!place.has('dw_etl_runs', 'run_status') || !place.has('dw_etl_runs', 'job_id')) return []
  const runs = raw(quoteRelation({ schema: place.landingSchema, name: 'dw_etl_runs' }))
  const targets = place.jobs.flatMap(({ target: { schema, name } }) => [name, `${schema}.${name}`])
  const stuck = sql`run_status = 'running' and not exists (
    select from ${raw(jobsTable(place))} j where j.id = job_id
      and not (lower(j.target_table) = any(${targets.map((name) => name.toLowerCase())}::text[])
               or j.name = any(${place.jobs.map(({ name }) => name)}::text[])))`
  const { rows } = await place.database.query<{ stuck: number }>(
    sql`select count(*)::int as stuck from ${runs} where ${stuck}`,
  )
  if (rows[0]!.stuck === 0) return []
  return [
    {
      what: 'close runs that were left at running',
      rows: rows[0]!.stuck,
      run: (step) =>
        inOwnZone(step, async (transaction) => {
          const { rowCount } = await transaction.query(sql`
            update ${runs} set run_status = 'failed', completed_at = now(),
              error_message = coalesce(nullif(error_message, '') || '; ', '') || 'closed: its process ended without finishing'
            where ${stuck}`)
          return rowCount
        }),
    },
  ]
}

/** `id`, `instance`, `wanted_name`, `place` of the rows that are not as they should be. */
function wantedJobs({ jobs, instances, tables, ...place }: JobRowsPlace, hasInstance: boolean): Sql {
  const declared = JSON.stringify(
    jobs.map(({ name, knownId, target }) => ({
      name,
      known_id: knownId,
      target: target.name,
      schema: target.schema,
    })),
  )
  const first = tables.told ?? instances[0]?.id ?? null
  const table = jobsTable(place)
  const own = raw(hasInstance ? 'j.source_instance_id' : 'null::integer')
  const served =
    hasInstance || tables.runs?.credential
      ? sql`left join ${raw(hasInstance ? soleInstances(table, tables.runs) : ofRuns(tables))} as s on s.job_id = j.id`
      : sql`cross join (select null::integer as instance) as s`
  return sql`
    select id, instance, case when place > 1 then wanted_name || ' (old ' || id || ')' else wanted_name end as wanted_name, place
    from (
      select j.id, j.name, ${own} as old_instance, coalesce(d.name, j.name) as wanted_name, i.instance,
        case when i.instance is null then 1 else pg_catalog.row_number() over (
          partition by coalesce(d.name, j.name), i.instance order by j.id is not distinct from d.known_id desc, j.id) end as place
      from ${raw(table)} as j
      left join lateral (
        select * from jsonb_to_recordset(${declared}::jsonb) as d (name text, known_id integer, target text, schema text)
        where d.name = j.name or (d.known_id = j.id and (
          lower(d.name) = lower(j.name) or lower(j.target_table) in (lower(d.target), lower(d.schema || '.' || d.target))))
        order by d.name = j.name desc limit 1
      ) as d on true
      ${served}
      cross join lateral (
        select coalesce(${own}, case when d.name is not null then coalesce(s.instance, ${first}::integer) end) as instance
      ) as i
    ) as wanted
    where old_instance is distinct from instance
      or name is distinct from case when place > 1 then wanted_name || ' (old ' || id || ')' else wanted_name end`
}

function ofRuns({ runs }: JobTables): string {
  return `(select job_id, min(credential_id) as instance from ${runs?.table} where credential_id is not null
    group by job_id having count(distinct credential_id) = 1)`
}

function jobsTable({ landingSchema }: Pick<JobRowsPlace, 'landingSchema'>): string {
  return quoteRelation({ schema: landingSchema, name: 'dw_etl_jobs' })
}
