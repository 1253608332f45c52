import type { SimulatedRecord, Value } from '../content/value.ts'

/** `any`: of no one type; compared as JavaScript does. */
export type FieldType = 'number' | 'string' | 'boolean' | 'date' | 'datetime' | 'collection' | 'any'

/** The fields of a record, in the order in which they are written; a nested schema is a nested object. */
export type Schema = { readonly [field: string]: FieldType | Schema }

/** What is known of a record without building it, so that a filter on a million of them is affordable. Times in ms. */
export type Stamp = {
  readonly id: number
  readonly createdDate: number
  readonly modifiedDate: number
}

/** Some fields of each record, to be had without building it; datetimes as text or ms. */
export interface Glance {
  readonly fields: ReadonlySet<string>
  at(index: number, now: number): SimulatedRecord
}

/**
 * The records of one endpoint. At a time `now` (ms) they are those of the indexes 0 to `count(now) - 1`. Every record
 * is found without those before it.
 */
export interface Collection {
  /** As in `$metadata#Patients`. */
  readonly name: string
  readonly schema: Schema
  /** The field that identifies a record; absent: `id`. */
  readonly key?: string
  /** False where the records do not stand in the order of their keys; absent: they do. */
  readonly isOrdered?: boolean
  /** Absent: the stamp. */
  readonly glance?: Glance
  count(now: number): number
  stamp?(index: number, now: number): Stamp
  record(index: number, now: number): SimulatedRecord
  /** Whether the record is an older state of the one after it, given in the same page. */
  isStale?(index: number): boolean
}

/** One whose records have a number for an id and both times. None ever leaves. */
export interface StampedCollection extends Collection {
  stamp(index: number, now: number): Stamp
  /** Index of the record of this id, which need not be there, nor be a whole number; absent: it is searched for. */
  indexOf?(id: number): number
}

export function keyOf(collection: Collection): string {
  return collection.key ?? 'id'
}

const nothing: Glance = { fields: new Set(), at: () => ({}) }
const stampFields: ReadonlySet<string> = new Set(['id', 'createdDate', 'modifiedDate'])

export function glanceOf(collection: Collection): Glance {
  if (collection.glance !== undefined) return collection.glance
  const { stamp } = collection
  return stamp === undefined ? nothing : { fields: stampFields, at: stamp }
}

/** Reads records as far as these fields go: built only where a glance does not tell enough. */
export function reader(
  collection: Collection,
  paths: readonly (readonly string[])[],
  now: number,
): (index: number) => SimulatedRecord {
  const glance = glanceOf(collection)
  const isGlanceEnough = paths.every((path) => path.length === 1 && glance.fields.has(path[0]!))
  return isGlanceEnough ? (index) => glance.at(index, now) : (index) => collection.record(index, now)
}

/** The key of a record, as it stands in it. */
export function keyReader(collection: Collection, now: number): (index: number) => Value {
  const key = keyOf(collection)
  const read = reader(collection, [[key]], now)
  return (index) => read(index)[key] ?? null
}
