import type { Diagnostic } from '@strata/core'
import { customKeyHint } from './validate.ts'

/**
 * The diagnostics of one file, where a custom key that is written all over it (dbt lets it pass) is complained of once,
 * with the number of its places. What may be a slip of the pen stays, each at its place.
 */
export function sayOnce(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const places = new Map<string, number>()
  const keyOf = ({ code, hint, message }: Diagnostic) =>
    code === 'UNKNOWN_KEY' && hint === customKeyHint ? /^unknown key ".*?"/.exec(message)![0] : null
  for (const diagnostic of diagnostics) {
    const key = keyOf(diagnostic)
    if (key !== null) places.set(key, (places.get(key) ?? 0) + 1)
  }
  return diagnostics.flatMap((diagnostic) => {
    const key = keyOf(diagnostic)
    const count = key === null ? 1 : places.get(key)
    if (key === null || count === 1) return [diagnostic]
    if (count === undefined) return []
    places.delete(key)
    return [{ ...diagnostic, message: `${diagnostic.message}, and at ${count - 1} more of the file` }]
  })
}
