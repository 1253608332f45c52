import { hashText } from '../content/hash-text.ts'
import { exactDigits, exactNumber, type SimulatedRecord, type Value } from '../content/value.ts'
import { glanceOf, keyOf } from '../entities/collection.ts'
import { decodedPart } from '../http/match-path.ts'
import type { SimulatedRequest } from '../http/simulated-request.ts'
import { dressCollection, dressRecords } from './dress-collection.ts'
import type { Effects } from './effect.ts'
import { oddCursor } from './odd-cursor.ts'

/** All end with no digit: the rest is the id that the record had. */
const hostile = [
  "O'Brien/../",
  '..%2F..%2F',
  "'; drop schema bronze cascade; --",
  '"quoted"\\',
  'Ünïcødé ☃ 𝒳 ',
  'a b?$top=x&c#d+',
  '{id}$s%',
  "' or id ne '",
]

/** Faults that records have, whoever asks for them. */
export const records: Effects<
  'duplicate_keys' | 'cursor_values' | 'cursor_name' | 'hostile_ids' | 'big_numbers'
> = {
  duplicate_keys: ({ rate = 1 }) => ({
    dress(base) {
      if (rate === 0) return base
      // Every so manieth record comes twice: a closed form, as the records themselves are.
      const every = Math.max(1, Math.round(1 / rate))
      const isStale = (index: number): boolean => index % (every + 1) === every - 1
      const under = (index: number): number =>
        Math.floor(index / (every + 1)) * every + Math.min(index % (every + 1), every - 1)
      const glance = glanceOf(base)
      return dressCollection(base, {
        isStale,
        glance: { fields: glance.fields, at: (index, now) => glance.at(under(index), now) },
        count: (now) => base.count(now) + Math.floor(base.count(now) / every),
        record(index, now) {
          const record = base.record(under(index), now)
          return isStale(index) ? older(record, keyOf(base)) : record
        },
      })
    },
  }),
  cursor_values: ({ values, field = 'modifiedDate', rate = 1, seed = 1 }) => ({
    dress(base) {
      const key = keyOf(base)
      return dressRecords(base, (record) => {
        const value = record[field]
        const chance = hashText(`${seed} ${field} ${String(record[key])}`)
        if (value === undefined || chance >= rate) return record
        return { ...record, [field]: oddCursor(value, values[Math.floor((chance / rate) * values.length)]!) }
      })
    },
  }),
  cursor_name: ({ name, field = 'modifiedDate' }) => ({
    dress(base) {
      const { fields } = glanceOf(base)
      const dressed = dressRecords(base, (record) => renamed(record, field, name), {
        schema: renamed(base.schema, field, name),
      })
      const names = new Set([...fields].map((known) => (known === field ? name : known)))
      return { ...dressed, glance: { ...glanceOf(dressed), fields: names } }
    },
  }),
  hostile_ids: ({ rate = 1, seed = 1 }) => ({
    dress(base) {
      const key = keyOf(base)
      const change = (record: SimulatedRecord): SimulatedRecord =>
        record[key] === undefined ? record : { ...record, [key]: hostileId(record[key], rate, seed) }
      return dressRecords(base, change, { isOrdered: false, schema: { ...base.schema, [key]: 'string' } })
    },
    translate: (request: SimulatedRequest) => ({
      ...request,
      path: request.path.split('/').map(harmless).join('/'),
    }),
  }),
  big_numbers: ({ field = 'bigNumber', rate = 1, seed = 1 }) => ({
    dress(base) {
      const key = keyOf(base)
      const change = (record: SimulatedRecord): SimulatedRecord => {
        const id = record[key] ?? null
        // A key takes the next number beyond 2^53, so that a reader who parses it as a double merges neighbours.
        if (field === key) return { ...record, [key]: beyond(id, 1n) }
        const isBig = hashText(`${seed} ${field} ${String(id)}`) < rate
        return { ...record, [field]: isBig ? beyond(id, 2n) : null }
      }
      return field === key
        ? dressRecords(base, change)
        : dressCollection(base, {
            schema: { ...base.schema, [field]: 'number' },
            record: (index, now) => change(base.record(index, now)),
          })
    },
  }),
}

/** As the record was before its last change. */
function older(record: SimulatedRecord, key: string): SimulatedRecord {
  const entry = Object.entries(record).find(
    ([name, value]) =>
      name !== key && typeof value === 'string' && exactDigits(value) === null && !/^\d{4}-/.test(value),
  )
  return entry === undefined ? record : { ...record, [entry[0]]: `${String(entry[1])} (before)` }
}

function renamed<T>(
  fields: { readonly [name: string]: T },
  from: string,
  to: string,
): { readonly [name: string]: T } {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name === from ? to : name, value]))
}

function hostileId(id: Value, rate: number, seed: number): string {
  const text = exactDigits(id) ?? String(id)
  const chance = hashText(`${seed} id ${text}`)
  return chance < rate ? hostile[Math.floor((chance / rate) * hostile.length)]! + text : text
}

function harmless(part: string): string {
  const decoded = decodedPart(part)
  const prefix = hostile.find((text) => decoded.startsWith(text))
  return prefix === undefined ? part : encodeURIComponent(decoded.slice(prefix.length))
}

function beyond(id: Value, step: bigint): Value {
  const digits = exactDigits(id) ?? String(id)
  const number = /^\d+$/.test(digits) ? BigInt(digits) : BigInt(Math.floor(hashText(digits) * 1e9))
  return exactNumber(String(9_007_199_254_740_993n + step * number))
}
