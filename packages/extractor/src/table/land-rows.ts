import type { FileJob, Session, TableJob } from '@strata/core'
import sql, { raw, type Sql } from 'sql-template-tag'
import { keyExpression, recordSteps, refusal } from '../landing/record-steps.ts'
import { stageChunk } from './stage-chunk.ts'
import type { SourceRow } from './table-source.ts'

/** What decides where the rows of a load land. */
export interface RowsPlace {
  readonly job: TableJob | FileJob
  readonly landingSchema: string
  readonly instanceId: number
  /** `dw_etl_jobs.id` and `dw_etl_runs.run_id`. */
  readonly jobId: number
  readonly runId: number
}

/** A row with the change time that the columns give it. */
export interface TimedRow extends SourceRow {
  /** ISO 8601 with a zone; null: it has none, or an impossible one. */
  readonly changedAt: string | null
}

/** What became of a chunk. */
export interface LandedRows {
  readonly received: number
  readonly inserted: number
  readonly changed: number
  readonly quarantined: number
}

/** Lands rows in an open transaction: by COPY into a stage, and from there what differs from bronze. Throws `DatabaseError`. */
export async function landRows(
  transaction: Session,
  place: RowsPlace,
  rows: readonly TimedRow[],
): Promise<LandedRows> {
  if (rows.length === 0) return { received: 0, inserted: 0, changed: 0, quarantined: 0 }
  const marked = await stageChunk(transaction, 'landing_rows', rows)
  const { rows: counted } = await transaction.query<LandedRows>(landingStatement(place, marked))
  return counted[0]!
}

function landingStatement(place: RowsPlace, marked: boolean): Sql {
  const stage = raw('pg_temp.landing_rows')
  return sql`
    with records as materialized (
      -- Without the data, which would be sorted and kept twice.
      select r.n, key, decode(md5(r.data::text), 'hex') as hash, r.changed_at::timestamptz as plausible_at,
        ${refusal(marked)} as refused
      from ${stage} as r, lateral (select ${keyExpression(place.job)} as key offset 0) as taken
    ),
    accepted as (
      select distinct on (key collate "C") * from records where refused is null order by key collate "C", n desc
    ),
    ${recordSteps(place, { seen: false, stage })}
    select (select count(*)::int from records) as received,
      (select count(*)::int from fresh where is_new) as inserted,
      (select count(*)::int from fresh where not is_new) as changed,
      (select count(*)::int from records where refused is not null) as quarantined`
}
