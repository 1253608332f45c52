import type { ChangeColumns } from './increment-edge.ts'
import type { RelationName } from './relation.ts'

/** How far one edge has been consumed, read under the step's lock. */
export interface EdgeFacts {
  readonly parent: string
  readonly relation: RelationName
  /** The parent's oid as the step found it; null when it is not there. */
  readonly sourceOid: string | null
  /** The stored `pg_snapshot`; null when nothing has been consumed, or when what was stored cannot be trusted. */
  readonly from: string | null
  /** Why `from` is null, in a few words: `bronze.patients was replaced`. */
  readonly doubt: string | null
  /** Where the versions of its rows are kept that were changed or deleted since; null: they are not. */
  readonly former: FormerRows | null
  /** Of a parent that does not record its changes: how its increment is told apart. */
  readonly by?: EdgeReading
}

/** What the catalog and the stored state say of an edge whose parent does not record its changes. */
export type EdgeReading =
  | {
      readonly kind: 'xmin'
      /** `pg_class.relkind` of the parent and of what inherits from it, each once; empty: it is not there. */
      readonly relkinds: readonly string[]
      /** Oids of the tables that it consists of: itself and its partitions. */
      readonly tables: readonly string[]
      /** Of them those that did not belong to it when it was last read: partitions that were attached. */
      readonly newTables: readonly string[]
    }
  | ColumnsReading

export interface ColumnsReading {
  readonly kind: 'columns'
  readonly declared: ChangeColumns
  /** Fingerprint of the parent where it is a view that Strata built. */
  readonly view: string | null
  readonly columns: readonly ChangeColumnFacts[]
}

export interface ChangeColumnFacts {
  readonly name: string
  /** `pg_type.typname`, that of the base type for a domain; null: there is no such column. */
  readonly type: string | null
  /** The stored watermark; null: no value of it could be believed so far. Dates and times as in ISO 8601. */
  readonly from: string | null
  /** The greatest value that can be believed when the step begins. Absent: it has not been looked for. */
  readonly to?: string | null
}

/** The table that holds, for each row of a relation that was changed or deleted, what it was, and which transaction did it. */
export interface FormerRows {
  readonly relation: RelationName
  /** Columns that it shares with the relation. */
  readonly columns: readonly string[]
}
