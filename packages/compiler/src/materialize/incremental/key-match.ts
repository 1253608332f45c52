import { quoteIdentifier } from '@strata/core'

/** Which rows of `s` are meant, and when one of them has the key of a row of `t`. */
export interface KeyMatch {
  readonly rows: string
  readonly same: string
}

/**
 * How rows `s` and `t` are brought together by a key in which NULLs are values like others. Rows with a NULL in their
 * key go separately: IS NOT DISTINCT FROM can neither be hashed nor use the index, plain equality can.
 */
export function matchKey(key: readonly string[]): readonly KeyMatch[] {
  return [matchWithoutNulls(key), matchWithNulls(key)]
}

function matchWithoutNulls(key: readonly string[]): KeyMatch {
  const columns = key.map(quoteIdentifier)
  return {
    rows: columns.map((column) => `s.${column} is not null`).join(' and '),
    same: columns.map((column) => `t.${column} = s.${column}`).join(' and '),
  }
}

function matchWithNulls(key: readonly string[]): KeyMatch {
  const columns = key.map(quoteIdentifier)
  const [only] = columns
  if (columns.length === 1) return { rows: `s.${only} is null`, same: `t.${only} is null` }
  const row = (of: string) => `row(${columns.map((column) => `${of}.${column}`).join(', ')})`
  return {
    rows: `(${columns.map((column) => `s.${column} is null`).join(' or ')})`,
    same: [
      `hash_record_extended(${row('t')}, 0) = hash_record_extended(${row('s')}, 0)`,
      ...columns.map((column) => `t.${column} is not distinct from s.${column}`),
    ].join(' and '),
  }
}
