import type { SimulatedRecord, Value } from '../content/value.ts'
import type { Collection } from '../entities/collection.ts'
import type { Changes } from '../world.ts'

export interface EditOptions {
  /** Whether the record's change time stays as it is, as with a source that does not tell of this edit. */
  readonly keepsStamp: boolean
}

/** A collection whose records can be changed from outside. Times in ms, never before those of earlier edits. */
export interface EditableCollection extends Collection {
  /** How many edits there have been. */
  readonly edits: number
  has(id: Value, now: number): boolean
  /** Whether a record of this id was deleted, or otherwise edited. */
  isTouched(id: Value): boolean
  /** A new record, or one that was deleted and comes back. Gives its id. Throws where a record has this id. */
  insert(fields: SimulatedRecord, at: number): Value
  /** Puts these fields in place of the record's. Throws where there is none. */
  edit(id: Value, fields: SimulatedRecord, at: number, options: EditOptions): void
  /** Throws where there is none. */
  remove(id: Value, at: number): void
  /** What a reader who saw the collection at `from` finds new, changed and gone at `to`. */
  changesBetween(from: number, to: number): Changes & { readonly deleted: number }
}

/** One edit as it is remembered; null: the record left. */
export interface Edit {
  readonly at: number
  readonly fields: SimulatedRecord | null
  readonly keepsStamp: boolean
}
