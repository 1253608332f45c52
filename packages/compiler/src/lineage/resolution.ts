import type { Node, SelectStmt } from '@pgsql/types'
import type { Collected } from './collected.ts'
import type { Columns } from './columns.ts'
import type { Problems } from './problems.ts'
import type { FindShape } from './query-lineage.ts'
import type { Scope } from './scope.ts'
import type { Value } from './use.ts'

/** What the resolving of one text has at hand everywhere; queries hold expressions and these hold queries, so both are reached through it. */
export interface Resolution {
  readonly find: FindShape
  /** Bare names, lower case; null: functions are not checked. */
  readonly functions: KnownFunctions | null
  readonly problems: Problems
  /** Queries around the one that is being resolved. */
  depth: number
  /** Numbers what is recursive. */
  recursive: number
  query(stmt: SelectStmt, outer: Scope | null, collected: Collected): Columns
  expression(node: Node, scope: Scope): Value
}

export interface KnownFunctions {
  /** With their schema where that is not `pg_catalog`. */
  readonly qualified: ReadonlySet<string>
  readonly bare: ReadonlySet<string>
}
