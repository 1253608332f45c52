import type { Node, NodeId } from '@strata/core'

/** Neighbours of every node, both ways. */
export interface Adjacency {
  readonly parents: ReadonlyMap<NodeId, readonly NodeId[]>
  readonly children: ReadonlyMap<NodeId, readonly NodeId[]>
}

export function adjacencyOf(nodes: readonly Node[]): Adjacency {
  const parents = new Map<NodeId, readonly NodeId[]>()
  const children = new Map<NodeId, NodeId[]>(nodes.map((node) => [node.id, []]))
  for (const node of nodes) {
    parents.set(node.id, node.parents)
    for (const parent of node.parents) children.get(parent)?.push(node.id)
  }
  return { parents, children }
}

/** All that can be reached from `start` along `edges` in at most `depth` steps, `start` itself left out unless reached again. */
export function reachable(
  edges: ReadonlyMap<NodeId, readonly NodeId[]>,
  start: Iterable<NodeId>,
  depth = Number.POSITIVE_INFINITY,
): Set<NodeId> {
  const reached = new Set<NodeId>()
  let frontier = new Set(start)
  for (let distance = 0; distance < depth && frontier.size > 0; distance++) {
    const next = new Set<NodeId>()
    for (const id of frontier) {
      for (const neighbour of edges.get(id) ?? []) {
        if (reached.has(neighbour)) continue
        reached.add(neighbour)
        next.add(neighbour)
      }
    }
    frontier = next
  }
  return reached
}
