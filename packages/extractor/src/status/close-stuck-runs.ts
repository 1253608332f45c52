import { type Database, DatabaseError, quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { asRecords, type JobInstance } from './job-instance.ts'
import { hasLanded, instantOf } from './landing-tables.ts'

/** A run that said it was running, and was not. */
export interface StuckRun {
  readonly runId: number
  /** As `dw_etl_jobs` names it. */
  readonly name: string
  readonly instanceId: number | null
}

/**
 * Closes the runs of `dw_etl_runs` whose process has gone: nobody holds the lock of their job and instance. They end at their
 * last sign of life. Runs of jobs that are not among `known` are closed after a day, as nobody can say what they would lock.
 * Where one may only read, nothing is closed. Throws `DatabaseError`.
 */
export async function closeStuckRuns(
  database: Database,
  landingSchema: string,
  known: readonly JobInstance[],
): Promise<readonly StuckRun[]> {
  if (!(await hasLanded(database, landingSchema))) return []
  const table = (name: string) => raw(quoteRelation({ schema: landingSchema, name }))
  const instant = (moment: string) => raw(instantOf(landingSchema, moment))
  try {
    const { rows } = await database.query<{ run_id: number; name: string; instance_id: number | null }>(sql`
      with running as materialized (
        select r.run_id, j.id as job_id, j.name, j.source_instance_id as instance_id, k.identity,
          ${instant('r.started_at')} as started_at
        from ${table('dw_etl_runs')} r
        left join ${table('dw_etl_jobs')} j on j.id = r.job_id
        left join jsonb_to_recordset(${asRecords(known)}::jsonb) as k (identity text, name text, instance_id integer)
          on k.name = j.name and k.instance_id = j.source_instance_id
        where r.run_status = 'running'
      ),
      -- Locks are looked up after the snapshot, in which whoever had opened a run already held his.
      held as materialized (
        select l.classid::bigint << 32 | l.objid::bigint as key from pg_catalog.pg_locks l
        where l.locktype = 'advisory' and l.granted and l.objsubid = 1
          and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
      ),
      dead as (
        select *, coalesce((
            select max(w.last_attempt_at) from strata.job_watermarks w
            where w.landing_schema = ${landingSchema} and w.job = identity and w.instance_id = running.instance_id
              and w.run_id = running.run_id
          ), started_at) as last_seen_at
        from running
        where case when identity is null then started_at is null or started_at < now() - interval '1 day'
          else not exists (
            select from held where key = pg_catalog.hashtextextended(
              'strata:job:' || ${landingSchema} || ' ' || identity || ' instance ' || instance_id, 0))
          end
      ),
      closed as (
        update ${table('dw_etl_runs')} r
        set run_status = 'failed', completed_at = dead.last_seen_at,
            error_message = 'closed: its process ended without finishing'
        from dead where dead.run_id = r.run_id and r.run_status = 'running'
        returning r.run_id, dead.job_id, dead.name, dead.instance_id, dead.last_seen_at
      ),
      told as (
        update ${table('dw_etl_jobs')} j set last_run_status = 'failed', last_run_at = closed.last_seen_at
        from closed
        where j.id = closed.job_id and (j.last_run_at is null or ${instant('j.last_run_at')} < closed.last_seen_at)
      )
      select run_id, coalesce(name, '') as name, instance_id from closed order by run_id`)
    return rows.map((row) => ({ runId: row.run_id, name: row.name, instanceId: row.instance_id }))
  } catch (error) {
    if (error instanceof DatabaseError && mayOnlyRead.has(error.sqlstate ?? '')) return []
    throw error
  }
}

/** read_only_sql_transaction, insufficient_privilege */
const mayOnlyRead = new Set(['25006', '42501'])
