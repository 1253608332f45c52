import type { SimulatedRecord } from '../content/value.ts'

export type FieldType = 'number' | 'string' | 'boolean' | 'date' | 'datetime' | 'collection'

/** The fields of a record, in the order in which they are written; a nested schema is a nested object. */
export type Schema = { readonly [field: string]: FieldType | Schema }

/** What is known of a record without building it, so that a filter on a million of them is affordable. Times in ms. */
export interface Stamp {
  readonly id: number
  readonly createdDate: number
  readonly modifiedDate: number
}

/**
 * The records of one endpoint, in the order of their ids. At a time `now` (ms) they are those of the indexes
 * 0 to `count(now) - 1`; none ever leaves. Every record is found without those before it.
 */
export interface Collection {
  /** As in `$metadata#Patients`. */
  readonly name: string
  readonly schema: Schema
  count(now: number): number
  stamp(index: number, now: number): Stamp
  record(index: number, now: number): SimulatedRecord
}
