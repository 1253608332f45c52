import { type Database, type Job, quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { fieldText, jobIdentity } from '../job-identity.ts'
import type { JobInstance } from './job-instance.ts'
import { hasLanded, isoText } from './landing-tables.ts'

/** A slice that did not land when it was last walked. */
export interface FailingSlice {
  /** Its parameters. */
  readonly slice: { readonly [parameter: string]: string }
  readonly status: 'failed' | 'gone' | 'unsupported'
  readonly failure: string | null
  readonly attemptedAt: string
  readonly completeAt: string | null
}

/** The slices of a job and instance that failed, then those that are gone; the newest first, at most `limit`. */
export async function readFailingSlices(
  database: Database,
  landingSchema: string,
  { job, instanceId }: JobInstance,
  limit: number,
): Promise<readonly FailingSlice[]> {
  if (!(await hasLanded(database, landingSchema))) return []
  const { rows } = await database.query<Row>(sql`
    select slice::jsonb as slice, status, failure, ${raw(isoText('last_attempt_at'))} as attempted_at,
      ${raw(isoText('last_complete_at'))} as complete_at
    from strata.job_watermarks
    where landing_schema = ${landingSchema} and job = ${jobIdentity(job)} and instance_id = ${instanceId}
      and status in ('failed', 'gone', 'unsupported')
    order by status <> 'failed', last_attempt_at desc, slice limit ${limit}::bigint`)
  return rows.map((row) => ({
    slice: row.slice,
    status: row.status,
    failure: row.failure,
    attemptedAt: row.attempted_at,
    completeAt: row.complete_at,
  }))
}

/** What bronze holds of a job and instance. Reads the whole table. */
export interface LandedRecords {
  readonly live: number
  readonly deleted: number
  /** Live records whose change time is missing or impossible; null: the job has none. */
  readonly withoutCursor: { readonly missing: number; readonly rejected: number } | null
}

/** Null where the table is not there. */
export async function countLandedRecords(
  database: Database,
  { job, instanceId }: JobInstance,
): Promise<LandedRecords | null> {
  const relation = quoteRelation(job.target)
  const { rows: there } = await database.query<{ there: boolean }>(
    sql`select to_regclass(${relation}) is not null as there`,
  )
  if (!there[0]!.there) return null
  const { rows } = await database.query<{
    live: number
    deleted: number
    missing: number
    rejected: number
  }>(sql`
    select count(*) filter (where deleted_at is null)::float8 as live,
      count(*) filter (where deleted_at is not null)::float8 as deleted,
      count(*) filter (where deleted_at is null and cursor_at is null and ${changeText(job)} is null)::float8 as missing,
      count(*) filter (where deleted_at is null and cursor_at is null and ${changeText(job)} is not null and ${isTime(job)})::float8 as rejected
    from ${raw(relation)} where source_instance_id = ${instanceId}`)
  const { live, deleted, missing, rejected } = rows[0]!
  return {
    live,
    deleted,
    withoutCursor: changeColumns(job).length > 0 ? { missing, rejected } : null,
  }
}

/** The text that a record has for its change time; of a table, in the first change column that has one. */
function changeText(job: Job) {
  const columns = changeColumns(job)
  return raw(
    columns.length === 0
      ? 'null::text'
      : `coalesce(${columns.map((column) => fieldText('data', [column])).join(', ')})`,
  )
}

/** Numbers that grow tell a change too, and no time. */
function isTime(job: Job) {
  return job.kind === 'table' ? sql`${changeText(job)} !~ '^-?[0-9]+$'` : raw('true')
}

function changeColumns(job: Job): readonly string[] {
  if (job.kind === 'endpoint') return job.cursor === null ? [] : [job.cursor.field]
  return job.kind === 'table' ? (job.watermark?.columns ?? []).map(({ name }) => name) : []
}

interface Row {
  readonly slice: FailingSlice['slice']
  readonly status: FailingSlice['status']
  readonly failure: string | null
  readonly attempted_at: string
  readonly complete_at: string | null
}
