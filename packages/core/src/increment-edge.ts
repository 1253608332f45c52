import type { NodeId } from './node.ts'
import type { RelationName } from './relation.ts'

/** An edge along which an incremental model reads only what is new: made by `increment()` and `changed_keys()`. */
export interface IncrementEdge {
  readonly parent: NodeId
  readonly relation: RelationName
  /** How its new rows are told apart; absent: they carry the transaction that wrote them. */
  readonly by?: ParentWatermark
  /** Groups of the model that are computed anew when a row of the parent changes; absent: none. */
  readonly keys?: readonly ChangedKeys[]
  /** The parent is read by batches; its rows' values in this column say which of them a change concerns. */
  readonly eventTime?: string
}

/** How what is new is found in a relation that does not record its changes. */
export type ParentWatermark = { readonly kind: 'xmin' } | ChangeColumns

/** Columns that say when a row was changed, as reliably as they do. */
export interface ChangeColumns {
  readonly kind: 'columns'
  /** Most reliable first. */
  readonly columns: readonly string[]
  /** Whether one of them has to be new, or all. */
  readonly logic: 'or' | 'and'
  /** How far behind the watermark rows are read again: an interval, or a number where the columns are numbers; null: not at all. */
  readonly lookback: string | null
  /** The least and the greatest value that is believed. */
  readonly min: string | null
  readonly max: string | null
}

/** The model's rows with a value in `into` come from the parent's rows with that value in `column`. */
export interface ChangedKeys {
  readonly column: string
  readonly into: string
}
