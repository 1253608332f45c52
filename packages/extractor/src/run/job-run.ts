import type { Database, Job, Queryable } from '@strata/core'
import { ConfigurationError, quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { instantOf } from '../status/landing-tables.ts'

/** A row of `dw_etl_runs` that is ours and open. */
export interface JobRun {
  readonly jobId: number
  readonly runId: number
}

export interface JobRecord {
  readonly jobId: number
  readonly active: boolean
  /** Since the start of the last run that landed all it should; null: never. */
  readonly secondsSinceSuccess: number | null
}

/** What `dw_etl_jobs` and `dw_etl_runs` say of a job. Throws `ConfigurationError` `JOB_NOT_DECLARED`. */
export async function readJobRecord(
  database: Queryable,
  landingSchema: string,
  job: Job,
  instanceId: number,
): Promise<JobRecord> {
  const { rows } = await database.query<{ id: number; active: boolean; seconds: number | null }>(sql`
    select j.id, coalesce(j.is_active, true) as active,
      (select extract(epoch from now() - ${raw(instantOf(landingSchema, 'max(r.started_at)'))})::float8 from ${table(landingSchema, 'dw_etl_runs')} r
       where r.job_id = j.id and r.run_status = 'success' and r.run_context is null) as seconds
    from ${table(landingSchema, 'dw_etl_jobs')} j
    where j.name = ${job.name} and j.source_instance_id = ${instanceId}`)
  const row = rows[0]
  if (row === undefined) {
    throw new ConfigurationError({
      code: 'JOB_NOT_DECLARED',
      message: `${landingSchema}.dw_etl_jobs has no row for ${job.name} of instance ${instanceId}`,
      hint: 'somebody deleted it: delete the row of this schema from strata.landings, and the next run declares all again',
    })
  }
  return { jobId: row.id, active: row.active, secondsSinceSuccess: row.seconds }
}

/**
 * Opens a run. What an earlier process left at `running` is closed first: we hold the job's lock, so it is dead. A context
 * says what part of the job the run is about; null: all of it.
 */
export async function beginRun(
  database: Database,
  landingSchema: string,
  jobId: number,
  instanceId: number,
  context: object | null = null,
): Promise<JobRun> {
  const runs = table(landingSchema, 'dw_etl_runs')
  return await database.transaction(async (transaction) => {
    await transaction.query(sql`
      update ${runs} set run_status = 'failed', completed_at = now(),
        error_message = 'closed: its process ended without finishing'
      where job_id = ${jobId} and run_status = 'running'`)
    const { rows } = await transaction.query<{ run_id: number }>(sql`
      insert into ${runs} (job_id, run_status, records_loaded, started_at, credential_id, run_context)
      values (${jobId}, 'running', 0, now(), ${instanceId},
        ${context === null ? null : JSON.stringify(context)}::jsonb) returning run_id`)
    return { jobId, runId: rows[0]!.run_id }
  })
}

export interface RunEnd {
  /** `unsupported` is a success of the run, and said of the job. */
  readonly status: 'success' | 'failed' | 'unsupported'
  /** Null for a success. No row values. */
  readonly message: string | null
}

/** Closes the run and tells the job. A run that a successor has closed stays as it is. */
export async function endRun(
  database: Queryable,
  landingSchema: string,
  { runId }: JobRun,
  { status, message }: RunEnd,
): Promise<void> {
  await database.query(sql`
    with ended as (
      update ${table(landingSchema, 'dw_etl_runs')}
      set run_status = ${status === 'failed' ? 'failed' : 'success'}, completed_at = clock_timestamp(),
          error_message = ${message}
      where run_id = ${runId} and run_status = 'running'
      returning job_id, records_loaded
    )
    update ${table(landingSchema, 'dw_etl_jobs')} j
    set last_run_status = ${status}, last_run_at = now(), last_run_records = ended.records_loaded
    from ended where j.id = ended.job_id`)
}

function table(landingSchema: string, name: string) {
  return raw(quoteRelation({ schema: landingSchema, name }))
}
