import type { FileJob, TableJob } from '@strata/core'

/**
 * What a value of a change column is compared as. `date`: `2024-05-01`; `local_time`: wall clock of the source, `2024-05-01 10:00:00.123456`;
 * `instant`: the same in UTC; `number`: decimal digits. Values are handed on in exactly these texts, in which dates and times sort as text.
 */
export type ChangeType = 'date' | 'local_time' | 'instant' | 'number'

export interface SourceColumn {
  readonly name: string
  /** As the source declares it: `decimal(10,2)`. */
  readonly type: string
  readonly nullable: boolean
  /** Null: nothing that grows can be told from it. */
  readonly change: ChangeType | null
}

/** A table, or the files of a job, as they are in a snapshot. */
export interface SourceTable {
  readonly columns: readonly SourceColumn[]
  /** What is the same as long as the content is; null: nobody can say without reading it. */
  readonly fingerprint: string | null
  /** Whether others that write meanwhile are kept out; an engine without transactions cannot. */
  readonly consistent: boolean
}

/** Where a change column's values select a row: at or beyond `from`, before `until`, and within the quality bounds. */
export interface ColumnWindow {
  readonly name: string
  readonly type: ChangeType
  /** Inclusive; null: all. */
  readonly from: string | null
  /** Exclusive; null: all. */
  readonly until: string | null
  /** Inclusive; null: none. */
  readonly min: string | null
  readonly max: string | null
}

/** Which rows are meant. */
export type RowWindow =
  | { readonly kind: 'all' }
  | {
      readonly kind: 'changed'
      readonly logic: 'or' | 'and'
      readonly columns: readonly ColumnWindow[]
      /** Also the rows that have no value in any of the columns. */
      readonly withoutChange: boolean
    }

export interface RowsRequest {
  readonly job: TableJob | FileJob
  /** Those that are wanted, in order. */
  readonly columns: readonly SourceColumn[]
  readonly window: RowWindow
  /** The change columns whose values are wanted beside the row, by name, in order. */
  readonly changes: readonly string[]
  /** Where an earlier walk stood: the rows behind it. As `SourceChunk.last` said it. */
  readonly after: readonly string[] | null
  readonly chunkRows: number
}

/** One row. */
export interface SourceRow {
  /** The record as JSON text: one object, its keys the columns, numbers with all their digits. */
  readonly json: string
  /** Of the columns in `RowsRequest.changes`; null: there is none. */
  readonly changes: readonly (string | null)[]
}

export interface SourceChunk {
  readonly rows: readonly SourceRow[]
  /** The key of its last row, as the source compares it; null: the walk cannot go on from here in another snapshot. */
  readonly last: readonly string[] | null
  /** Dates that no calendar has, and that are landed as null. */
  readonly zeroDates: number
}

/** One consistent state of the source. */
export interface TableSnapshot {
  /** The source's clock when it was taken: `2024-05-01 10:00:00.123456`, in UTC and as its wall clock shows it. */
  readonly clock: { readonly utc: string; readonly local: string }
  /** Throws `SourceError` `SOURCE_TABLE_MISSING`, with near misses. */
  table(job: TableJob | FileJob): Promise<SourceTable>
  /** The rows that have a key, in the order of the key where the source has one. */
  rows(request: RowsRequest): AsyncIterable<SourceChunk>
  /** The rows of which a part of the key is null: at most `limit`, without an order. */
  keyless(request: RowsRequest, limit: number): Promise<readonly SourceRow[]>
  /** How many rows with a key there are, asked for in another way than they are read. */
  count(job: TableJob | FileJob, window: RowWindow): Promise<number>
}

/** A database or a folder of files of one instance. Everything in it may be hostile but the server itself. */
export interface TableSource {
  /** Runs `work` when it is its turn: the connector says how many loads of it there may be at once. */
  admit<T>(work: () => Promise<T>): Promise<T>
  /**
   * Runs `work` in one consistent snapshot. Throws `SourceError`: `SOURCE_UNREACHABLE`,
   * `SOURCE_UNAUTHORIZED`, `SOURCE_FAILING`, `SOURCE_TIMEOUT`, `SOURCE_CONNECTION`.
   */
  snapshot<T>(signal: AbortSignal, work: (snapshot: TableSnapshot) => Promise<T>): Promise<T>
  close(): Promise<void>
}
