import type { Diagnostic } from '@strata/core'
import { distance } from 'fastest-levenshtein'
import type { YamlDocument, YamlPath } from './yaml-document.ts'

/**
 * Warns of keys of a config block that look like a misspelt key of dbt's or ours. Others are allowed: a project may have
 * configuration of its own, which its macros read.
 */
export function checkConfigKeys(
  document: Pick<YamlDocument, 'locateKey'>,
  config: object | null | undefined,
  known: ReadonlySet<string>,
  at: YamlPath,
): Diagnostic[] {
  if (config === null || config === undefined) return []
  return Object.keys(config).flatMap((key) =>
    known.has(key) ? [] : misspeltKey(document, [...at, key], key, known),
  )
}

/** The warning of a key that looks like a misspelt one, which has `sign` in front of it. */
export function misspeltKey(
  document: Pick<YamlDocument, 'locateKey'>,
  at: YamlPath,
  key: string,
  known: ReadonlySet<string>,
  sign = '',
): Diagnostic[] {
  const meant = misspelt(key, known)
  if (meant === null) return []
  return [
    {
      code: 'UNKNOWN_CONFIG',
      severity: 'warning',
      message: `unknown configuration "${key}"`,
      hint: `Did you mean "${sign}${meant}"?`,
      location: document.locateKey(at),
    },
  ]
}

/** The known key that `key` is one slip away from, or two where it is long. A plus sign in front is not part of it. */
function misspelt(key: string, known: ReadonlySet<string>): string | null {
  const bare = key.startsWith('+') ? key.slice(1) : key
  if (bare.length < 3 || known.has(bare)) return null
  const limit = bare.length >= 8 ? 2 : 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - bare.length) > limit) continue
    if (distance(bare.toLowerCase(), candidate) <= limit) return candidate
  }
  return null
}
