import type { SimulatedRecord, Value } from '../content/value.ts'

/** The record with the selected properties alone, in its own order; a path keeps the objects that it leads through. */
export function selectFields(
  record: SimulatedRecord,
  paths: readonly (readonly string[])[],
): SimulatedRecord {
  const selected: { [field: string]: Value } = {}
  for (const [field, value] of Object.entries(record)) {
    const below = paths.filter((path) => path[0] === field).map((path) => path.slice(1))
    if (below.length === 0) continue
    const whole = below.some((path) => path.length === 0) || typeof value !== 'object' || value === null
    selected[field] = whole ? value : selectFields(value as SimulatedRecord, below)
  }
  return selected
}
