import { type Job, type Queryable, quoteRelation } from '@strata/core'
import sql, { join, raw } from 'sql-template-tag'
import { jobIdentity, type SliceParameters, sliceIdentity } from '../job-identity.ts'

/** A job of an instance. */
export interface SeenPlace {
  readonly landingSchema: string
  readonly job: Job
  readonly instanceId: number
}

export interface SeenSlice extends SeenPlace {
  readonly parameters: SliceParameters
}

/** What a page of a slice holds the records of. */
export interface SeenRows {
  readonly parameters: SliceParameters
  /** `id`s of bronze rows; null: nobody asks. */
  readonly seen: readonly number[] | null
}

/**
 * Notes which bronze rows pages hold the records of, in their transaction. Walks by increments do it as well: what they bring is not
 * gone, though a walk over everything that was cut off may not have seen it.
 */
export async function rememberSeen(
  transaction: Queryable,
  { landingSchema, job, instanceId }: SeenPlace,
  pages: readonly SeenRows[],
): Promise<void> {
  const rows = pages.flatMap(({ parameters, seen }) =>
    seen === null || seen.length === 0
      ? []
      : [
          sql`(${landingSchema}, ${jobIdentity(job)}, ${instanceId}::integer, ${sliceIdentity(parameters)}, ${seen}::integer[])`,
        ],
  )
  if (rows.length === 0) return
  await transaction.query(
    sql`insert into strata.seen_records (landing_schema, job, instance_id, slice, ids) values ${join(rows)}`,
  )
}

/** For a walk that begins anew though an earlier one of its slice was not finished. */
export async function forgetSeen(
  database: Queryable,
  place: SeenSlice & { readonly runId: number },
): Promise<void> {
  const runs = raw(quoteRelation({ schema: place.landingSchema, name: 'dw_etl_runs' }))
  await database.query(sql`
    delete from strata.seen_records
    where landing_schema = ${place.landingSchema} and job = ${jobIdentity(place.job)}
      and instance_id = ${place.instanceId}::integer and slice = ${sliceIdentity(place.parameters)}
      -- What a successor has seen is not ours to forget.
      and exists (select from ${runs} where run_id = ${place.runId}::integer and run_status = 'running')`)
}

/** Before a pass over the slices begins anew, and after its end: all but what unfinished walks have seen, for they go on. */
export async function forgetFinished(database: Queryable, place: SeenPlace): Promise<void> {
  await database.query(sql`
    delete from strata.seen_records
    where landing_schema = ${place.landingSchema} and job = ${jobIdentity(place.job)}
      and instance_id = ${place.instanceId}::integer
      -- Not a join: the planner would take few slices for granted, and compare each with each.
      and slice not in (
        select slice from strata.job_watermarks
        where landing_schema = ${place.landingSchema} and job = ${jobIdentity(place.job)}
          and instance_id = ${place.instanceId}::integer and status in ('walking', 'failed') and place is not null)`)
}
