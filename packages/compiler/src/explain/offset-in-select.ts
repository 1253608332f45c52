import type { CompiledSelect, Fragment } from '@strata/core'
import type { SelectForm } from '../resolve/sql-places.ts'

/**
 * Where a character of a statement stands in the SELECT that is a part of it. `position`: a 1-based code point of `sql`. Null
 * where it is none of the SELECT's.
 */
export function offsetInSelect(
  sql: string,
  position: number,
  select: CompiledSelect,
): { readonly form: SelectForm; readonly offset: number } | null {
  const at = [...sql].slice(0, position - 1).join('').length
  const full = select.full === '' ? -1 : sql.indexOf(select.full)
  if (full >= 0 && at >= full && at <= full + select.full.length) return { form: 'full', offset: at - full }
  const offset = select.increment === null ? null : offsetInFragments(sql, at, select.increment)
  return offset === null ? null : { form: 'increment', offset }
}

/** A text as short as that stands in too many places. */
const shortest = 4

/** What stands in the place of increments lies between the texts, which come in their order. */
function offsetInFragments(sql: string, at: number, fragments: readonly Fragment[]): number | null {
  let from = 0
  let before = 0
  for (const fragment of fragments) {
    if (typeof fragment !== 'string') continue
    const start = fragment.trim().length < shortest ? -1 : sql.indexOf(fragment, from)
    if (start >= 0) {
      if (at >= start && at < start + fragment.length) return before + at - start
      from = start + fragment.length
    }
    before += fragment.length
  }
  return null
}
