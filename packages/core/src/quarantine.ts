import type { Job } from './job.ts'

/** A data test of a bronze table whose failing rows leave it. */
export interface Quarantine {
  /** What lands the table. */
  readonly job: Job
  readonly atMost: QuarantineLimit
}

/** How many rows may leave: the greater of the two. Every row of a table never may. */
export interface QuarantineLimit {
  readonly rows: number
  /** Of the rows of the table. */
  readonly percent: number
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
  | { readonly kind: 'refused'; readonly failing: number; readonly rows: number }
