import type { Node, RangeVar, SelectStmt } from '@pgsql/types'

/** A SELECT at any depth of a statement, with what it reads and the names that it uses. */
export interface Query {
  readonly select: SelectStmt
  /** In whose expressions it stands, and whose columns it may use; null: none. */
  readonly outer: Query | null
  /** Of its own WITH. */
  readonly ctes: readonly Cte[]
  /** What FROM names, joins taken apart. */
  readonly items: readonly FromItem[]
  /** The same by the commas of FROM. */
  readonly from: readonly (readonly FromItem[])[]
  readonly joins: readonly Join[]
  /** Both sides of UNION, INTERSECT or EXCEPT; empty: it is none. */
  readonly arms: readonly Query[]
  /** The SELECTs that stand directly in it, those of its WITH too. */
  readonly inner: readonly Query[]
  /** The columns that its own expressions name, not those of its subqueries. */
  readonly uses: readonly ColumnUse[]
}

export interface Cte {
  readonly name: string
  /** Bytes, of its name. */
  readonly location: number
  /** Names given behind its own; empty: none. */
  readonly columnNames: readonly string[]
  /** Null: it changes data. */
  readonly query: Query | null
}

export interface FromItem {
  readonly kind: 'relation' | 'cte' | 'subquery' | 'function'
  /** By which columns of it are qualified; null: it has no name. */
  readonly name: string | null
  /** Names of columns given behind the name; empty: none. */
  readonly columnNames: readonly string[]
  /** Of a relation or a common table expression, as written. */
  readonly range: RangeVar | null
  readonly cte: Cte | null
  /** Of a subquery. */
  readonly query: Query | null
  /** Of a function: its tree. */
  readonly function: Node | null
  /** It may use what stands before it. */
  readonly lateral: boolean
  /** Bytes. */
  readonly location: number
}

export interface Join {
  readonly kind: 'inner' | 'left' | 'right' | 'full'
  readonly left: readonly FromItem[]
  readonly right: readonly FromItem[]
  readonly on: Node | null
  /** Columns of USING; null: NATURAL. */
  readonly using: readonly string[] | null
}

export type Clause = 'select' | 'from' | 'where' | 'group' | 'having' | 'order'

export interface ColumnUse {
  /** Its names, the last is the column's, or `*`. */
  readonly names: readonly string[]
  readonly clause: Clause
  /** Bytes. */
  readonly location: number
}
