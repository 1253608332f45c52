import { exactDigits, type SimulatedRecord, type Value } from '../content/value.ts'
import type { FieldType, Schema } from '../entities/collection.ts'

/** The types that the fields of these records show; `any` for a field that shows none or several. */
export function inferSchema(records: readonly SimulatedRecord[]): Schema {
  const types: { [field: string]: FieldType | Schema } = {}
  const names = new Set(records.flatMap((record) => Object.keys(record)))
  for (const name of names) {
    const values = records.map((record) => record[name] ?? null).filter((value) => value !== null)
    const found = new Set(values.map(typeOf))
    const [only] = found
    if (found.size !== 1 || only === undefined) types[name] = 'any'
    else types[name] = only === 'object' ? inferSchema(values as SimulatedRecord[]) : only
  }
  return types
}

function typeOf(value: Value): FieldType | 'object' {
  if (typeof value === 'number' || exactDigits(value) !== null) return 'number'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'object') return Array.isArray(value) ? 'collection' : 'object'
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) return 'datetime'
  return /^\d{4}-\d\d-\d\d$/.test(value) ? 'date' : 'string'
}
