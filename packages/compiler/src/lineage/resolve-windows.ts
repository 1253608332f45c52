import type { Node, WindowDef } from '@pgsql/types'
import { as } from './ast.ts'
import type { Resolution } from './resolution.ts'
import type { Scope } from './scope.ts'
import { unite, type Value } from './use.ts'

/** What a WINDOW clause names: what each window is made of, with that of the one that it builds on. */
export function resolveWindows(
  resolution: Resolution,
  scope: Scope,
  clause: readonly Node[],
): ReadonlyMap<string, Value> {
  const windows = new Map<string, Value>()
  for (const node of clause) {
    const window = as(node, 'WindowDef')
    if (window === null) continue
    const parts = windowParts(window).map((part) => resolution.expression(part, scope))
    const base = windows.get(window.refname ?? '')
    windows.set(window.name ?? '', unite(...(base === undefined ? [] : [base]), ...parts))
  }
  return windows
}

/** PARTITION BY, ORDER BY and the ends of the frame. */
export function windowParts(window: Omit<WindowDef, 'name' | 'refname'>): readonly Node[] {
  const { partitionClause = [], orderClause = [], startOffset, endOffset } = window
  const parts = [
    ...partitionClause,
    ...orderClause.map((node) => as(node, 'SortBy')?.node),
    startOffset,
    endOffset,
  ]
  return parts.filter((part) => part !== undefined)
}
