import { exactDigits, type SimulatedRecord, type Value } from '../content/value.ts'
import type { FieldType, Schema } from '../entities/collection.ts'
import { malformed } from './refusal.ts'

/** The type of what a path leads to. Throws a 400 `Refusal` where it leads nowhere. */
export function typeAt(schema: Schema, path: readonly string[], option: string): FieldType | 'object' {
  let type: FieldType | Schema = schema
  for (const field of path) {
    const inner: FieldType | Schema | undefined =
      typeof type === 'object' && Object.hasOwn(type, field) ? type[field] : undefined
    if (inner === undefined) throw malformed(`There is no property ${path.join('/')}, named in ${option}.`)
    type = inner
  }
  return typeof type === 'object' ? 'object' : type
}

/** What stands there in a record; null below a null. */
export function valueAt(record: SimulatedRecord, path: readonly string[]): Value {
  let value: Value = record
  for (const field of path) {
    if (typeof value !== 'object' || value === null) return null
    value = (value as SimulatedRecord)[field] ?? null
  }
  return value
}

/** A value in the form in which values of its type are compared: a datetime as its time in ms. */
export function comparable(
  value: Value,
  type: FieldType | 'object',
): null | boolean | number | bigint | string {
  if (value === null) return null
  // A stamp holds times as numbers already.
  if (type === 'datetime') return typeof value === 'number' ? value : timeOf(String(value))
  const digits = exactDigits(value)
  if (digits !== null) return digits.includes('.') ? Number(digits) : BigInt(digits)
  return typeof value === 'object' ? '' : value
}

/** A time without a zone is taken as UTC, not as this machine's. */
function timeOf(text: string): number {
  return Date.parse(/T[^Z+-]*$/.test(text) ? `${text}Z` : text)
}
