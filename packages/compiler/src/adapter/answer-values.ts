import type { Json } from '@strata/core'
import { float, type Value } from '../template/index.ts'
import { intervalText } from './interval-text.ts'
import { datetimeValue, dateValue } from './moment-value.ts'

/** The types of a result's columns, by the names that macros know. */
export type ColumnType = 'Integer' | 'Number' | 'Boolean' | 'Date' | 'DateTime' | 'Text'

export interface TypedValues {
  readonly type: ColumnType
  readonly values: readonly Value[]
}

const integers = new Set([20, 21, 23, 26])
const numbers = new Set([700, 701, 1700])
const moments: ReadonlyMap<number, ColumnType> = new Map([
  [1082, 'Date'],
  [1114, 'DateTime'],
  [1184, 'DateTime'],
])
/** What becomes of texts of these types. */
const readers: ReadonlyMap<number, (text: string) => Value> = new Map([
  [1016, integerList],
  [1082, dateValue],
  [1114, datetimeValue],
  [1184, datetimeValue],
  [1186, intervalText],
])

/**
 * One column of an answer as template values. Numerics without fraction digits become ints, others floats. Lists and
 * objects become JSON text. A column that holds nothing but nulls is one of integers.
 */
export function typedValues(typeOid: number, raw: readonly unknown[]): TypedValues {
  const values = raw.map((one) => (one === null || one === undefined ? null : toValue(typeOid, one)))
  return { type: typeOf(typeOid, values), values }
}

function toValue(typeOid: number, raw: unknown): Value {
  if (integers.has(typeOid)) return integerValue(String(raw))
  if (numbers.has(typeOid)) return numberValue(typeOid, raw)
  if (typeof raw === 'boolean') return raw
  if (typeof raw === 'number') return Number.isInteger(raw) ? raw : float(raw)
  if (typeof raw === 'string') {
    const read = readers.get(typeOid)
    return read === undefined ? raw : read(raw)
  }
  if (raw instanceof Uint8Array) return `\\x${Buffer.from(raw).toString('hex')}`
  return typeof raw === 'object' ? jsonText(raw as Json) : String(raw)
}

function typeOf(typeOid: number, values: readonly Value[]): ColumnType {
  const some = values.filter((value) => value !== null)
  if (some.length === 0 || integers.has(typeOid)) return 'Integer'
  if (numbers.has(typeOid)) return 'Number'
  const moment = moments.get(typeOid)
  if (moment !== undefined) return moment
  if (some.every((value) => typeof value === 'boolean')) return 'Boolean'
  if (some.every((value) => typeof value === 'number')) return 'Integer'
  return 'Text'
}

function integerValue(text: string): Value {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

function numberValue(typeOid: number, raw: unknown): Value {
  const text = String(raw)
  return typeOid === 1700 && /^-?\d+$/.test(text) ? integerValue(text) : decimalOf(typeOid, text)
}

/** A numeric keeps its digits where it is printed; what is computed with it is a float. */
function decimalOf(typeOid: number, text: string): Value {
  return typeOid === 1700 ? { kind: 'float', value: Number(text), digits: text } : float(Number(text))
}

/** An array of int8, which the port leaves as text and macros expect as a list. */
function integerList(text: string): string {
  return /^\{[-\d,NUL]*\}$/.test(text)
    ? `[${text.slice(1, -1).replaceAll('NULL', 'null').replaceAll(',', ', ')}]`
    : text
}

/** JSON with the spaces that Python puts into it, and ASCII alone. */
function jsonText(json: Json): string {
  if (Array.isArray(json)) return `[${json.map(jsonText).join(', ')}]`
  if (typeof json === 'object' && json !== null) {
    const pairs = Object.entries(json).map(([key, value]) => `${jsonText(key)}: ${jsonText(value as Json)}`)
    return `{${pairs.join(', ')}}`
  }
  return JSON.stringify(json).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
