import type { Diagnostic } from '@strata/core'
import { distance } from 'fastest-levenshtein'
import type { YamlDocument, YamlPath } from './yaml-document.ts'

/**
 * Warns of keys of a config block that look like a misspelt key of dbt's or ours. Others are allowed: a project may have
 * configuration of its own, which its macros read.
 */
export function checkConfigKeys(
  document: YamlDocument,
  config: object | null | undefined,
  known: ReadonlySet<string>,
  at: YamlPath,
): Diagnostic[] {
  if (config === null || config === undefined) return []
  const diagnostics: Diagnostic[] = []
  for (const key of Object.keys(config)) {
    if (known.has(key)) continue
    const meant = misspelt(key, known)
    if (meant === null) continue
    diagnostics.push({
      code: 'UNKNOWN_CONFIG',
      severity: 'warning',
      message: `unknown configuration "${key}"`,
      hint: `Did you mean "${meant}"?`,
      location: document.locateKey([...at, key]),
    })
  }
  return diagnostics
}

/** The known key that `key` is one slip away from, or two where it is long. A plus sign in front is not part of it. */
export function misspelt(key: string, known: ReadonlySet<string>): string | null {
  const bare = key.startsWith('+') ? key.slice(1) : key
  if (bare.length < 3 || known.has(bare)) return null
  const limit = bare.length >= 8 ? 2 : 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - bare.length) > limit) continue
    if (distance(bare.toLowerCase(), candidate) <= limit) return candidate
  }
  return null
}
