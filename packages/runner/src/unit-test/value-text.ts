import { type Json, quoteLiteral } from '@strata/core'

/** A value of a fixture as an SQL literal without a type; lists become arrays where the type is one, and JSON elsewhere. */
export function valueText(value: Json | undefined, type: string | null): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value) && type?.endsWith('[]')) return quoteLiteral(arrayText(value))
  if (typeof value === 'object') return quoteLiteral(JSON.stringify(value))
  return quoteLiteral(String(value))
}

function arrayText(values: readonly Json[]): string {
  const items = values.map((value) => {
    if (value === null) return 'null'
    if (Array.isArray(value)) return arrayText(value)
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
    return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  })
  return `{${items.join(',')}}`
}
