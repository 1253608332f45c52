import type { Node } from '@pgsql/types'

/** Visits the nodes of a tree, outer ones first, in the order of the text. What `enter` gives false for is not gone into. */
export function walkSql(value: unknown, enter: (node: Node) => boolean): void {
  if (Array.isArray(value)) {
    for (const one of value) walkSql(one, enter)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const fields = value as Record<string, unknown>
  let count = 0
  let only = ''
  for (const key in fields) {
    count++
    only = key
  }
  // A node is wrapped in its kind; fields begin with small letters.
  if (count === 1 && only < 'a' && !enter(value as Node)) return
  for (const key in fields) {
    const inner = fields[key]
    if (typeof inner === 'object') walkSql(inner, enter)
  }
}

/** Where a part of a tree begins, in bytes, as far as its nodes tell their places. */
export function firstLocation(part: unknown): number {
  return lowest(part) ?? 0
}

function lowest(part: unknown): number | null {
  if (typeof part !== 'object' || part === null) return null
  let found: number | null = null
  for (const [key, value] of Object.entries(part)) {
    const one = key === 'location' && typeof value === 'number' ? value : lowest(value)
    if (one !== null && one >= 0 && (found === null || one < found)) found = one
  }
  return found
}

/** The conditions that all must hold for one to hold. */
export function conjuncts(condition: Node | undefined): readonly Node[] {
  if (condition === undefined) return []
  if (!('BoolExpr' in condition) || condition.BoolExpr.boolop !== 'AND_EXPR') return [condition]
  return (condition.BoolExpr.args ?? []).flatMap(conjuncts)
}
