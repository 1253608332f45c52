import type { FileJob, TableJob } from '@strata/core'
import type { LandInstanceOptions } from '../run/land-instance.ts'
import type { Tally } from '../run/tally.ts'
import type { RowsPlace } from './land-rows.ts'
import type { LoadPlan } from './plan-load.ts'
import type { ColumnWatermarks } from './row-window.ts'
import type { SourceTable, TableSnapshot, TableSource } from './table-source.ts'
import type { TableState } from './table-state.ts'

export interface LandTableOptions extends LandInstanceOptions {
  readonly job: TableJob | FileJob
  readonly source: TableSource
}

/** What a load found out beside its rows; kept with the run. */
export interface Measured {
  /** Rows of the window that the source counts, and those of them that bronze has in the end. */
  available: number
  captured: number
  /** Rows that a load had not brought, though they were meant. */
  missing: number
  duplicates: number
  zeroDates: number
  seconds: number
}

/** A load under way: what it reads, what it knows, and how far it is. */
export interface Load {
  readonly options: LandTableOptions
  readonly snapshot: TableSnapshot
  readonly table: SourceTable
  readonly state: TableState
  readonly plan: LoadPlan
  readonly place: RowsPlace
  readonly timeZone: string | null
  tally: Tally
  candidates: ColumnWatermarks
  received: number
  /** Whether a walk has come to its end. */
  isRead: boolean
  readonly measured: Measured
  readonly notes: string[]
}
