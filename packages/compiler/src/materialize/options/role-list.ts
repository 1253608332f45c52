import { quoteIdentifier } from '@strata/core'

/** A name without quotes means what it would in SQL; null: everybody. */
export function roleName(written: string): string | null {
  const name = written.trim()
  const quoted = /^"(.+)"$/s.exec(name)
  if (quoted !== null) return quoted[1]!.replaceAll('""', '"')
  const folded = /^[A-Za-z_][\w$]*$/.test(name) ? name.toLowerCase() : name
  return folded === 'public' ? null : folded
}

/** Roles as they stand in SQL. */
export function roleList(written: readonly string[]): string {
  return written
    .map(roleName)
    .map((role) => (role === null ? 'public' : quoteIdentifier(role)))
    .join(', ')
}
