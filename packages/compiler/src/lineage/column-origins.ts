import type { NodeId } from '@strata/core'
import { type DirectKind, directKinds, type GraphLineage, type NodeUse } from './graph-lineage.ts'

/** A column, or a part of a JSON column, at the bottom of the graph. */
export interface Origin extends NodeUse {
  /** `direct` where the value itself comes down all the way. */
  readonly kind: DirectKind
}

/** Finds what a column comes from in the end. Keeps what it has found: columns share their ways down. */
export type FindOrigins = (id: NodeId, column: string) => readonly Origin[]

/**
 * All the way down to what has no SQL of the project: sources, seeds, relations that nobody declared, and models whose columns are not known.
 * Paths into JSON are put together as long as the value is passed on as it is.
 */
export function columnOrigins(lineage: GraphLineage): FindOrigins {
  const known = new Map<string, readonly Origin[]>()
  const usesOf = (id: NodeId, name: string): readonly (readonly [DirectKind, NodeUse])[] => {
    const column = lineage.of(id)?.columns?.find((one) => one.name === name)
    if (column === undefined) return []
    return directKinds.flatMap((kind) => column[kind].map((use) => [kind, use] as const))
  }
  const below = (use: NodeUse): readonly Origin[] => {
    if (isBottom(lineage, use)) return [{ ...use, path: [], asIs: true, kind: 'direct' }]
    // A column that comes from itself comes from nothing else by that way.
    return known.get(keyOf(use.node!, use.column)) ?? []
  }
  return (id, name) => {
    // By hand, for a graph may be deeper than the stack: a column is done when those below it are.
    const left: { readonly node: NodeId; readonly column: string }[] = [{ node: id, column: name }]
    const open = new Set<string>()
    for (let top = left.at(-1); top !== undefined; top = left.at(-1)) {
      const key = keyOf(top.node, top.column)
      const uses = known.has(key) ? [] : usesOf(top.node, top.column)
      const pending = open.has(key) ? [] : uses.filter(([, use]) => !isBottom(lineage, use))
      open.add(key)
      const further = pending.flatMap(([, { node, column }]) => {
        const isNew = !known.has(keyOf(node!, column)) && !open.has(keyOf(node!, column))
        return isNew ? [{ node: node!, column }] : []
      })
      if (further.length > 0) {
        left.push(...further)
        continue
      }
      if (!known.has(key)) known.set(key, merged(uses, below))
      left.pop()
    }
    return known.get(keyOf(id, name)) ?? []
  }
}

function merged(
  uses: readonly (readonly [DirectKind, NodeUse])[],
  below: (use: NodeUse) => readonly Origin[],
): readonly Origin[] {
  const origins = new Map<string, Origin>()
  for (const [kind, use] of uses) {
    for (const origin of below(use)) {
      const composed = compose(origin, use, kind)
      const { node, relation, column, path, asIs } = composed
      const same = JSON.stringify([node, relation, column, path, asIs, composed.kind])
      if (!origins.has(same)) origins.set(same, composed)
    }
  }
  return [...origins.values()]
}

function keyOf(id: NodeId, column: string): string {
  return `${id}\0${column}`
}

/** Whether nothing is known of what a column comes from. */
export function isBottom(lineage: GraphLineage, { node, column }: NodeUse): boolean {
  const columns = node === null ? null : (lineage.of(node)?.columns ?? null)
  if (columns === null || !columns.some(({ name }) => name === column)) return true
  const kind = nodeKind(node!)
  return kind === 'source' || kind === 'seed'
}

function compose(origin: Origin, use: NodeUse, kind: DirectKind): Origin {
  return {
    ...origin,
    path: origin.asIs ? [...origin.path, ...use.path] : origin.path,
    asIs: origin.asIs && use.asIs,
    kind: kind === 'direct' ? origin.kind : kind,
  }
}

function nodeKind(id: NodeId): string {
  return id.slice(0, id.indexOf('.'))
}
