import type { FileJob, Session, TableJob } from '@strata/core'
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
  /** Keys that several rows of the chunk have: the last one was taken. */
  readonly duplicates: number
}

/** Lands rows in an open transaction: by COPY into a stage, and from there what differs from bronze. Throws `DatabaseError`. */
export async function landRows(
  _transaction: Session,
  _place: RowsPlace,
  _rows: readonly TimedRow[],
): Promise<LandedRows> {
  throw new Error('not there yet')
}
