import type { Json } from '@strata/core'
import type sqlTag from 'sql-template-tag'
import type { join, RawValue, raw, Sql } from 'sql-template-tag'

/** A table or view, ready to stand in a query: `sql\`select * from ${ref('orders')}\``. Its text is quoted. */
export interface Relation extends Sql {
  /** Empty for an ephemeral model, and while the graph is not known yet. */
  readonly schema: string
  readonly name: string
  toString(): string
}

/** What a function of a `.ts` model gets. It may take the parts it needs: `({ ref, sql }) => …`. */
export interface ModelContext {
  /** A model, seed or snapshot. */
  ref(
    name: string,
    options?: { readonly package?: string; readonly version?: string | number | null },
  ): Relation
  source(source: string, table: string): Relation
  /** The rows of a relation beyond this model's watermark of it; in a full build all of them. */
  increment(relation: Relation): Sql
  /**
   * A SELECT of the values of a column whose rows changed since this model's watermark; in a full build of all values.
   * `into`: the column's name in this model, where it is another.
   */
  changedKeys(relation: Relation, column: string, options?: { readonly into?: string }): Sql
  readonly isIncremental: boolean
  /** The relation that this model builds. */
  readonly this: Relation
  /** Options as in YAML: `config({ materialized: 'incremental', unique_key: 'id' })`. */
  config(options: { readonly [option: string]: Json }): void
  /** A variable of the project or of `--vars`. Throws when it has no value and there is no default. */
  vars<T = Json>(name: string, fallback?: T): T
  /** An environment variable that models may read. Throws when it is not set and there is no default. */
  env(name: string, fallback?: string): string
  readonly target: ModelTarget
  /** When the run began: the same for every model, unlike the clock. */
  readonly runStartedAt: Date
  readonly sql: typeof sqlTag
  readonly join: typeof join
  readonly raw: typeof raw
  readonly empty: Sql
  /** A name as SQL text, quoted. */
  identifier(name: string): Sql
  /** A value as SQL text; `sql` does the same with values that stand in it. */
  literal(value: RawValue): Sql
}

export interface ModelTarget {
  readonly name: string
  readonly schema: string
  /** What stands before every schema that a model names. */
  readonly prefix: string
  readonly type: 'postgres'
  readonly database: string
  readonly threads: number
}

/** The default export of a `.ts` model: synchronous, and the same query for the same context. */
export type ModelFunction = (context: ModelContext) => Sql
