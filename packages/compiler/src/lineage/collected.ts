import type { RelationName } from '@strata/core'
import { addFilled } from './fill-slots.ts'
import type { ColumnUse, IndirectKind } from './query-lineage.ts'
import { columnUses, newGathering, roles, type Use, type Value } from './use.ts'

/** What a query reads and what decides on its rows, in the order of its text. That of a CTE is its own, for it counts where the CTE is read. */
export interface Collected {
  readonly entries: Entry[]
}

type Entry =
  | { readonly kind: 'read'; readonly relation: RelationName }
  | { readonly kind: 'use'; readonly as: IndirectKind; readonly value: Value }
  | { readonly kind: 'part'; readonly as: PartRole; readonly part: Collected }

/** `same`: each use in its own kind; `reads`: the relations only. */
type PartRole = IndirectKind | 'same' | 'reads'

export function newCollected(): Collected {
  return { entries: [] }
}

export function collectRead({ entries }: Collected, relation: RelationName): void {
  entries.push({ kind: 'read', relation })
}

export function collectUse({ entries }: Collected, as: IndirectKind, value: Value): void {
  if (roles.some((role) => value[role].length > 0)) entries.push({ kind: 'use', as, value })
}

export function collectPart({ entries }: Collected, as: PartRole, part: Collected): void {
  if (part.entries.length > 0) entries.push({ kind: 'part', as, part })
}

/** All that was collected, each use and each relation once. */
export function flatten(collected: Collected): {
  readonly indirect: Readonly<Record<IndirectKind, readonly ColumnUse[]>>
  readonly reads: readonly RelationName[]
} {
  const reads = new Map<string, RelationName>()
  const found = { filter: newGathering(), join: newGathering(), group: newGathering(), order: newGathering() }
  visit(collected, 'same', (entry, as) => {
    if (entry.kind === 'read') reads.set(`${entry.relation.schema}\0${entry.relation.name}`, entry.relation)
    else if (as !== 'reads') {
      const into = found[as === 'same' ? entry.as : as]
      for (const role of roles) for (const use of entry.value[role]) addFilled(into, 'condition', use)
    }
  })
  const { filter, join, group, order } = found
  return {
    indirect: {
      filter: columnUses(filter.condition.values()),
      join: columnUses(join.condition.values()),
      group: columnUses(group.condition.values()),
      order: columnUses(order.condition.values()),
    },
    reads: [...reads.values()],
  }
}

/** Every use in it, whatever it decides. */
export function usesWithin(collected: Collected): readonly Use[] {
  const uses: Use[] = []
  visit(collected, 'filter', (entry) => {
    if (entry.kind === 'use') for (const role of roles) uses.push(...entry.value[role])
  })
  return uses
}

/** Depth first, in order; what is read twice is visited once for each role that it takes. */
function visit(
  collected: Collected,
  as: PartRole,
  leaf: (entry: Exclude<Entry, { kind: 'part' }>, as: PartRole) => void,
): void {
  const seen = new Map<Collected, Set<PartRole>>()
  const open: { readonly entries: readonly Entry[]; readonly as: PartRole; at: number }[] = []
  const enter = (part: Collected, as: PartRole): void => {
    const known = seen.get(part) ?? new Set()
    if (known.has(as)) return
    seen.set(part, known.add(as))
    open.push({ entries: part.entries, as, at: 0 })
  }
  enter(collected, as)
  while (open.length > 0) {
    const top = open.at(-1)!
    const entry = top.entries[top.at++]
    if (entry === undefined) open.pop()
    else if (entry.kind !== 'part') leaf(entry, top.as)
    else enter(entry.part, top.as === 'same' || entry.as === 'reads' ? entry.as : top.as)
  }
}
