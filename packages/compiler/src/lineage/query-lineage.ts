import type { RelationName } from '@strata/core'

/** The columns of a relation, in order; `columns` null: it is there and its columns are not known. */
export interface Shape {
  readonly columns: readonly ShapeColumn[] | null
}

export interface ShapeColumn {
  /** As the catalog has it. */
  readonly name: string
  /** SQL, as `format_type` prints it; null: not known. */
  readonly type: string | null
}

/** Looks a relation up by its name as written; `schema` null where it is written without. Null: no such relation is known. */
export type FindShape = (name: {
  readonly schema: string | null
  readonly name: string
}) => FoundRelation | null

export interface FoundRelation extends Shape {
  readonly relation: RelationName
}

/** A column of a relation that a query reads. */
export interface ColumnUse {
  readonly relation: RelationName
  readonly column: string
  /** Steps into a JSON value: keys, `[]` for the elements of an array, `[0]` for one; empty: the column itself. */
  readonly path: readonly string[]
  /** The value is passed on as it is, or taken from the JSON and cast; false: something else is computed of it. */
  readonly asIs: boolean
}

/** A use that decides which rows there are or how they are put together, not what their values are. */
export type IndirectKind = 'filter' | 'join' | 'group' | 'order'

export interface OutputColumn {
  readonly name: string
  /** Where it is written in the text of the query, in UTF-16 units: its expression, or the star that stands for it. Null: not known. */
  readonly offset: number | null
  /** Where its values come from, each once, in order of first mention. */
  readonly direct: readonly ColumnUse[]
  /** What decides which of several values it takes: conditions of CASE and of FILTER. */
  readonly condition: readonly ColumnUse[]
  /** PARTITION BY and ORDER BY of windows, and ORDER BY within aggregates. */
  readonly window: readonly ColumnUse[]
}

/** Where the columns of a query come from. */
export interface QueryLineage {
  /** Null: they cannot be known, for a relation of unknown columns is read whole (`select *`). */
  readonly columns: readonly OutputColumn[] | null
  readonly indirect: Readonly<Record<IndirectKind, readonly ColumnUse[]>>
  /** Relations that are read, each once, in order of first mention. */
  readonly reads: readonly RelationName[]
}

/** Something in a query that cannot be right. */
export interface SqlProblem {
  readonly kind:
    | 'unknown_column'
    | 'unknown_alias'
    | 'unknown_relation'
    | 'unknown_function'
    | 'ambiguous_column'
    | 'duplicate_alias'
    | 'column_count'
  /** What is wrong, in one sentence without a full stop. */
  readonly message: string
  /** The name that is wrong, as written. */
  readonly name: string
  /** What could have been meant, for near misses: columns in scope, aliases, functions. */
  readonly candidates: readonly string[]
  /** UTF-16 offsets in the text of the query. */
  readonly start: number
  readonly end: number
}

export interface ResolvedQuery {
  readonly lineage: QueryLineage
  readonly problems: readonly SqlProblem[]
}
