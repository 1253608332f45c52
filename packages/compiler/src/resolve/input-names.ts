import { maxIdentifierBytes } from '@strata/core'
import { ephemeralName } from '../sql/ephemeral-name.ts'

/** What a SELECT calls rows that stand in for a relation: a plain name that needs no quotes, unlike the others. */
export function inputName(name: string, taken: readonly string[]): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9_]/g, '_')
  const base = ephemeralName(plain).slice(0, maxIdentifierBytes - 4)
  if (!taken.includes(base)) return base
  for (let number = 2; ; number++) {
    const next = `${base}_${number}`
    if (!taken.includes(next)) return next
  }
}
