import type { Job } from './job.ts'

/** A data test of a bronze table whose failing rows leave it. */
export interface Quarantine {
  /** What lands the table. */
  readonly job: Job
  readonly atMost: QuarantineLimit
}

/**
 * How many rows may leave within 24 hours: the greater of the first two, of the rows that the table has or had. Every row of a
 * table never may.
 */
export interface QuarantineLimit {
  readonly rows: number
  readonly percent: number
  /** Never more than this, in percent of the rows. Default: 100. */
  readonly ceiling?: number
}

export interface QuarantineRequest extends Quarantine {
  readonly landingSchema: string
  /** What follows FROM: the bronze table, or a subquery of it with all of its columns. */
  readonly from: string
  /** SQL that is true for the rows that leave. */
  readonly condition: string
  /** For those who repair loads: `failed the test not_null_patients_id`. */
  readonly reason: string
}

/** Rows that left; or, where they would have been too many, nothing was done. */
export type QuarantineOutcome =
  | { readonly kind: 'moved'; readonly rows: number }
  | {
      readonly kind: 'refused'
      readonly failing: number
      /** That the table has. */
      readonly rows: number
      /** Rows that the same test moved in the last 24 hours, and that have not come back. */
      readonly before: number
    }
