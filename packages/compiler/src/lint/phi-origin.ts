import type { Column, Node, NodeId } from '@strata/core'
import type { GraphLineage } from '../lineage/graph-lineage.ts'

/** A column on the way from one that is marked `phi`. */
export interface ColumnStep {
  readonly node: Node
  readonly column: string
}

/**
 * Finds the nearest column marked `meta: { phi: true }` whose values go into a column, and the way from there: the marked one
 * comes last. A mark `phi: false` says that what is computed there is about nobody any more. Null: there is none.
 */
export function phiOrigins(
  lineage: GraphLineage,
  nodeOf: (id: NodeId) => Node | undefined,
): (id: NodeId, column: string) => readonly ColumnStep[] | null {
  const known = new Map<string, readonly ColumnStep[] | null>()

  function wayTo(id: NodeId, column: string): readonly ColumnStep[] | null {
    const key = `${id} ${column}`
    const found = known.get(key)
    if (found !== undefined) return found
    // A column that comes from itself, as an increment's may, adds nothing.
    known.set(key, null)
    const way = findWay(id, column)
    known.set(key, way)
    return way
  }

  function findWay(id: NodeId, column: string): readonly ColumnStep[] | null {
    const uses = lineage.of(id)?.columns?.find(({ name }) => name === column)?.direct ?? []
    const ways = uses.flatMap((use): (readonly ColumnStep[])[] => {
      const node = use.node === null ? undefined : nodeOf(use.node)
      if (node === undefined) return []
      const step = { node, column: use.column }
      const mark = phiMark(node, use.column)
      if (mark !== null) return mark ? [[step]] : []
      const further = wayTo(node.id, use.column)
      return further === null ? [] : [[step, ...further]]
    })
    return ways.reduce<readonly ColumnStep[] | null>(
      (best, way) => (best === null || way.length < best.length ? way : best),
      null,
    )
  }

  return wayTo
}

/** What the properties of a node say of a column; null: nothing. */
export function phiMark(node: Node, column: string): boolean | null {
  const columns: readonly Column[] = 'columns' in node ? node.columns : []
  const phi = columns.find(({ name }) => isNamed(name, column))?.meta['phi']
  return typeof phi === 'boolean' ? phi : null
}

function isNamed(declared: string, column: string): boolean {
  return declared.toLowerCase() === column.toLowerCase() || declared === `"${column}"`
}
