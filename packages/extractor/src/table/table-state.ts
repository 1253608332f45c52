import type { FileJob, Queryable, TableJob } from '@strata/core'
import { quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { jobIdentity } from '../job-identity.ts'
import { superseded } from '../run/superseded.ts'
import type { RowsPlace } from './land-rows.ts'
import type { ColumnWatermarks } from './row-window.ts'
import type { TableSnapshot } from './table-source.ts'

/** Where a load stands between two chunks, in plain JSON. */
export interface TablePlace {
  readonly version: 1
  /** What is asked for; a load that asks for something else begins anew. */
  readonly question: string
  /** The key of the last row that has landed. */
  readonly last: readonly string[]
  /** The source's clock when the load began: what changed since is the next one's. */
  readonly clock: TableSnapshot['clock']
  readonly candidates: ColumnWatermarks
  readonly received: number
}

/** What is known of a table from earlier loads. */
export interface TableState {
  /** Null: it has never landed completely. */
  readonly watermarks: ColumnWatermarks | null
  /** Null: no load was cut off. */
  readonly place: TablePlace | null
  /** Of files: what has landed. */
  readonly fingerprint: string | null
  /** Since all keys were compared; null: never. */
  readonly secondsSinceSweep: number | null
}

export async function readTableState(
  database: Queryable,
  landingSchema: string,
  job: TableJob | FileJob,
  instanceId: number,
): Promise<TableState> {
  const { rows } = await database.query<{
    watermarks: ColumnWatermarks | null
    place: TablePlace | null
    fingerprint: string | null
    seconds: number | null
    complete: boolean
  }>(sql`
    select column_watermarks as watermarks, place, fingerprint, last_complete_at is not null as complete,
      extract(epoch from now() - swept_at)::float8 as seconds
    from strata.job_watermarks
    where landing_schema = ${landingSchema} and job = ${jobIdentity(job)} and instance_id = ${instanceId}::integer
      and slice = '{}'`)
  const row = rows[0]
  if (row === undefined) return { watermarks: null, place: null, fingerprint: null, secondsSinceSweep: null }
  return {
    watermarks: row.complete ? (row.watermarks ?? {}) : null,
    place: row.place?.version === 1 ? row.place : null,
    fingerprint: row.fingerprint,
    secondsSinceSweep: row.seconds,
  }
}

/**
 * Adds to the run's counter and stores where the load stands, in the chunk's transaction; null: nowhere, it would begin anew; undefined: it
 * leaves the state alone. Throws `SourceError` `RUN_SUPERSEDED` when the run is no longer ours, so that a process that lost its lock writes
 * nothing more.
 */
export async function storeTableProgress(
  transaction: Queryable,
  place: RowsPlace,
  accepted: number,
  standing: TablePlace | null | undefined,
): Promise<void> {
  const runs = raw(quoteRelation({ schema: place.landingSchema, name: 'dw_etl_runs' }))
  const { rowCount } = await transaction.query(sql`
    update ${runs} set records_loaded = records_loaded + ${accepted}::integer
    where run_id = ${place.runId} and run_status = 'running'`)
  if (rowCount === 0) throw superseded(place)
  if (standing === undefined) return
  await transaction.query(sql`
    insert into strata.job_watermarks as w (landing_schema, job, instance_id, slice, status, place, run_id)
    values (${place.landingSchema}, ${jobIdentity(place.job)}, ${place.instanceId}::integer, '{}', 'walking',
      ${standing === null ? null : JSON.stringify(standing)}::jsonb, ${place.runId})
    on conflict (landing_schema, job, instance_id, slice) do update
    set status = excluded.status, place = excluded.place, run_id = excluded.run_id, failure = null, last_attempt_at = now()`)
}

export interface CompleteLoad {
  /** All columns' watermarks, those that did not move too. */
  readonly watermarks: ColumnWatermarks
  /** The most reliable one that is a time, with its zone; null: there is none. */
  readonly first: { readonly column: string; readonly text: string; readonly at: string } | null
  readonly received: number
  /** Whether all keys were compared, and whether what is gone was marked. */
  readonly walked: boolean
  readonly swept: boolean
  readonly fingerprint: string | null
}

/** Moves the watermarks, in the transaction that has found nothing missing. Throws as `storeTableProgress`. */
export async function storeComplete(
  transaction: Queryable,
  place: RowsPlace,
  { watermarks, first, received, walked, swept, fingerprint }: CompleteLoad,
): Promise<void> {
  await storeTableProgress(transaction, place, 0, null)
  await transaction.query(sql`
    update strata.job_watermarks
    set status = 'complete', place = null, column_watermarks = ${JSON.stringify(watermarks)}::jsonb,
      watermark = ${first?.at ?? null}::timestamptz, watermark_text = ${first?.text ?? null}::text,
      cursor_field = ${first?.column ?? null}::text, records_received = ${received}::bigint,
      last_complete_at = now(), fingerprint = ${fingerprint}::text,
      walked_at = case when ${walked} then now() else walked_at end,
      swept_at = case when ${swept} then now() else swept_at end
    where landing_schema = ${place.landingSchema} and job = ${jobIdentity(place.job)}
      and instance_id = ${place.instanceId}::integer and slice = '{}'`)
}
