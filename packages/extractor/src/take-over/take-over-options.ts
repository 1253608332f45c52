import type { Database, Job } from '@strata/core'
import type { RowGroup } from './survey-table.ts'

export interface TakeOverOptions {
  readonly database: Database
  readonly landingSchema: string
  readonly source: string
  /** The jobs of the source. */
  readonly jobs: readonly Job[]
  /** Its instances, the first one first: it holds the known job ids. */
  readonly instances: readonly { readonly id: number; readonly name: string }[]
  /** Id of the instance of rows that do not say which they belong to; null: such rows are refused. */
  readonly told: number | null
  /** Says what would be done and does nothing. */
  readonly dryRun: boolean
  readonly signal: AbortSignal
  /** Told of each table before its steps. */
  readonly onTable: (table: TableReport) => void
  /** Told of each step: when it begins, after each batch of rows, and with `ended` when it is done. */
  readonly onStep: (table: string, step: StepReport, done: number, ended: boolean) => void
  /** Somebody else holds a lock that is needed. */
  readonly onWait: (message: string) => void
}

export interface StepReport {
  readonly what: string
  readonly rows: number | null
}

export interface TableReport {
  readonly table: string
  /** Rows by instance and by what says so; none for the tables of instances, jobs and runs. */
  readonly groups: readonly RowGroup[]
  readonly steps: readonly StepReport[]
}

export interface TakeOverReport {
  readonly tables: readonly TableReport[]
  /** Why nothing can be done; only a dry run returns them. */
  readonly problems: readonly string[]
  /** What a person should look at. */
  readonly notes: readonly string[]
}
