import type { NodeId } from './node.ts'
import type { RelationName } from './relation.ts'

/**
 * SQL text with places where the increment of an edge goes, a SELECT of its changed keys, or what a parent holds of one
 * batch; see `CompiledSelect`.
 */
export type Fragment =
  | string
  | { readonly incrementOf: NodeId }
  | { readonly keysOf: NodeId; readonly column: string }
  /** The parent's rows whose `column`, its `event_time`, lies in the batch. */
  | { readonly windowOf: NodeId; readonly column: string; readonly relation: RelationName }

/** The finished SELECT of a model or data test. */
export interface CompiledSelect {
  /** For a full build: every relation whole. */
  readonly full: string
  /** For an incremental run of an incremental model: the same template with `is_incremental()` true. */
  readonly increment: readonly Fragment[] | null
}
