import type { SourceColumn, TableSnapshot } from '../table-source.ts'

/** A column as the catalog has it. */
export interface CatalogColumn extends SourceColumn {
  /** The server itself sets it with each update: `ON UPDATE CURRENT_TIMESTAMP`, or a trigger. */
  readonly setOnUpdate: boolean
  /** It is the first column of an index. */
  readonly leadsIndex: boolean
}

export interface CatalogKey {
  readonly columns: readonly string[]
  /** `unique`: of a unique index whose columns are never null, where there is no primary key. */
  readonly of: 'primary' | 'unique'
}

export interface CatalogTable {
  /** In MySQL a database. Null: that of the connection. */
  readonly schema: string | null
  readonly name: string
  readonly kind: 'table' | 'view' | 'foreign table'
  /** MySQL: `InnoDB`, `MyISAM`. */
  readonly engine: string | null
  /** Whether a consistent state of it can be read while others write. */
  readonly transactional: boolean
  /** What the server estimates; null: nothing. */
  readonly rows: number | null
  /** Null: nothing tells two rows apart for certain. */
  readonly key: CatalogKey | null
  readonly columns: readonly CatalogColumn[]
}

/** The values of one column whose texts begin with the same year. */
export interface YearOfValues {
  /** Four characters; empty for numbers. */
  readonly year: string
  readonly rows: number
  /** Those of them that are a date which stands for "none": 0001-01-01 and its like. */
  readonly sentinels: number
  readonly min: string
  readonly max: string
}

/** What the values of one column are like, in the rows that were read. */
export interface ColumnProfile {
  readonly name: string
  readonly rows: number
  readonly nulls: number
  readonly distinct: number
  /** Rows of the most frequent value. */
  readonly greatestTie: number
  /** Values with a time of day, and with a part of a second. */
  readonly timed: number
  readonly fractional: number
  /** Values more than a day ahead of the source's clock. */
  readonly future: number
  /** How often it is less than in the row before, in the order of the key; null: not known. */
  readonly descents: number | null
  /** Of the whole table where an index tells, else of the rows that were read; null: there are none. Texts as in `ChangeType`. */
  readonly min: string | null
  readonly max: string | null
  readonly years: readonly YearOfValues[]
}

export interface TableProfile {
  /** Rows that were read. */
  readonly rows: number
  /** Not all of them: how they were chosen; null: all. */
  readonly sample: string | null
  readonly columns: readonly ColumnProfile[]
}

export interface ReadLimits {
  readonly rows: number
  /** Of one statement. */
  readonly milliseconds: number
}

/** A row by its key, a hash of all that it holds, and the values of the columns that were asked for, by name. */
export interface HashedRow {
  /** JSON: the list of the key's values as text. */
  readonly key: string
  /** Hexadecimal. */
  readonly hash: string
  readonly changes: { readonly [column: string]: string | null }
}

export interface RowSample {
  readonly rows: readonly HashedRow[]
  /** They are all that there are. */
  readonly complete: boolean
}

export type SourceClock = TableSnapshot['clock']

/**
 * What the analysis asks a database. Everything is read-only. Throws `SourceError`, after which the next question may be asked: of another
 * table it may have an answer.
 */
export interface AnalyzedServer {
  clock(): Promise<SourceClock>
  /** All tables and views of the database but those of the server. */
  tables(): Promise<readonly CatalogTable[]>
  profile(
    table: CatalogTable,
    columns: readonly CatalogColumn[],
    clock: SourceClock,
    limits: ReadLimits,
  ): Promise<TableProfile>
  /** The newest rows by key, and others from all over the table; all of them where they are no more than the limit. The table has a key. */
  sampleRows(table: CatalogTable, columns: readonly CatalogColumn[], limits: ReadLimits): Promise<RowSample>
  /** Those of the rows with these keys that are still there. */
  readRows(
    table: CatalogTable,
    columns: readonly CatalogColumn[],
    keys: readonly string[],
    milliseconds: number,
  ): Promise<readonly HashedRow[]>
}
