import { dateTimeText } from '../content/date-text.ts'
import { exactDigits, exactNumber, type SimulatedRecord, type Value } from '../content/value.ts'
import type { EditableCollection } from '../edits/editable-collection.ts'
import { placeOf } from '../edits/sorted-list.ts'
import type { Schema } from '../entities/collection.ts'
import { inferSchema } from './infer-schema.ts'

/** A value of a record that a test gives; a bigint keeps all its digits. */
export type GivenValue = null | boolean | number | bigint | string | readonly GivenValue[] | GivenRecord

export type GivenRecord = { readonly [field: string]: GivenValue | undefined }

/** The records of an endpoint, given by a test. */
export interface GivenCollection {
  /** The field that identifies a record, a number or a string. Default `id`. */
  readonly key?: string
  /** Of all, or by the values of the path's parameters: `{ '17': […] }`, of several `{ '17/2': […] }`. */
  readonly records: readonly GivenRecord[] | { readonly [values: string]: readonly GivenRecord[] }
  /** What an edit moves. Default `modifiedDate`; null: nothing tells of a change. */
  readonly stamp?: string | null
  /** Default: as the records show. */
  readonly schema?: Schema
  /** Default `odata`; `array`: a bare array of everything, which takes no options. */
  readonly shape?: 'odata' | 'array'
}

interface Stay {
  readonly from: number
  until: number
}

/** Records in memory, in the order of their keys. */
export function createGivenCollection(
  name: string,
  { key = 'id', stamp = 'modifiedDate', schema }: Omit<GivenCollection, 'records' | 'shape'>,
  given: readonly GivenRecord[],
): EditableCollection {
  const rows: SimulatedRecord[] = []
  const stays = new Map<Value, Stay[]>()
  const touched = new Map<Value, number>()
  let inferred: Schema | null = schema ?? null
  let edits = 0

  const place = (id: Value): number => placeOf(rows, (row) => isBelow(row[key] ?? null, id))
  const find = (id: Value): number | null => (rows[place(id)]?.[key] === id ? place(id) : null)
  const need = (id: Value): number => {
    const index = find(id)
    if (index === null) throw new Error(`There is no record ${String(id)} in ${name}`)
    return index
  }
  const changed = (): void => {
    edits += 1
    inferred = schema ?? null
  }
  const put = (row: SimulatedRecord, at: number): Value => {
    const id = row[key] ?? null
    if (typeof id !== 'number' && typeof id !== 'string') {
      throw new Error(`A record for ${name} has no number or text in ${key}`)
    }
    if (find(id) !== null) throw new Error(`${name} holds a record ${id} already`)
    rows.splice(place(id), 0, row)
    stays.set(id, [...(stays.get(id) ?? []), { from: at, until: Number.POSITIVE_INFINITY }])
    return id
  }
  const isThere = (id: Value, time: number): boolean =>
    (stays.get(id) ?? []).some(({ from, until }) => from <= time && time < until)

  for (const record of [...given]
    .map(plain)
    .sort((a, b) => (isBelow(a[key] ?? null, b[key] ?? null) ? -1 : 1))) {
    put(record, Number.NEGATIVE_INFINITY)
  }

  return {
    name,
    key,
    get schema() {
      inferred ??= withSteering(inferSchema(rows), key, stamp)
      return inferred
    },
    get edits() {
      return edits
    },
    count: () => rows.length,
    record: (index) => rows[index]!,
    has: (id) => find(id) !== null,
    isTouched: (id) => stays.has(id),
    insert(fields, at) {
      const own = plain(fields)
      const id = own[key] ?? nextKey(rows, key)
      const stamped = stamp === null || own[stamp] !== undefined ? {} : { [stamp]: dateTimeText(at) }
      changed()
      touched.set(id, at)
      return put({ [key]: id, ...own, ...stamped }, at)
    },
    edit(id, fields, at, { keepsStamp }) {
      const index = need(id)
      const moved = stamp === null || keepsStamp ? {} : { [stamp]: dateTimeText(at) }
      rows[index] = { ...rows[index]!, ...moved, ...plain(fields) }
      if (!keepsStamp) touched.set(id, at)
      changed()
    },
    remove(id, at) {
      rows.splice(need(id), 1)
      stays.get(id)!.at(-1)!.until = at
      changed()
    },
    changesBetween(from, to) {
      const changes = { inserted: 0, changed: 0, deleted: 0 }
      for (const id of stays.keys()) {
        const [before, after] = [isThere(id, from), isThere(id, to)]
        if (!before && after) changes.inserted += 1
        if (before && !after) changes.deleted += 1
        if (before && after && (touched.get(id) ?? Number.NEGATIVE_INFINITY) > from) changes.changed += 1
      }
      return changes
    },
  }
}

/** What steers a walk can be filtered and sorted by even where no record shows its type. */
function withSteering(schema: Schema, key: string, stamp: string | null): Schema {
  const known = stamp === null ? 'datetime' : (schema[stamp] ?? 'any')
  return { [key]: 'any', ...schema, ...(stamp !== null && known === 'any' && { [stamp]: 'datetime' }) }
}

/** Numbers before texts; two big numbers by what they are. */
function isBelow(left: Value, right: Value): boolean {
  const [one, other] = [comparableKey(left), comparableKey(right)]
  if (typeof one === 'string' || typeof other === 'string') {
    return typeof one === typeof other ? one < other : typeof other === 'string'
  }
  return one < other
}

function comparableKey(value: Value): number | bigint | string {
  const digits = exactDigits(value)
  if (digits !== null) return BigInt(digits)
  return typeof value === 'number' ? value : String(value)
}

function nextKey(rows: readonly SimulatedRecord[], key: string): Value {
  const last = rows.at(-1)?.[key] ?? 0
  return typeof last === 'number' ? last + 1 : `new-${rows.length + 1}`
}

function plain(record: GivenRecord): SimulatedRecord {
  return plainValue(record) as SimulatedRecord
}

function plainValue(value: GivenValue): Value {
  if (typeof value === 'bigint') return exactNumber(String(value))
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plainValue)
  const fields: { [field: string]: Value } = {}
  for (const [name, inner] of Object.entries(value)) if (inner !== undefined) fields[name] = plainValue(inner)
  return fields
}
