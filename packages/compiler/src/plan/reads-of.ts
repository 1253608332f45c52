import type { Graph, ModelNode, Node, NodeId, SeedNode, SnapshotNode } from '@strata/core'
import { isEphemeral } from '../graph/is-ephemeral.ts'

/** A node that builds a relation which others read. */
export type ReadNode = ModelNode | SeedNode | SnapshotNode

/** What the nodes read and do not build themselves, directly or through ephemeral models, in graph order. */
export function readsOf(graph: Graph, nodes: readonly Node[]): readonly ReadNode[] {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]))
  const own = new Set(nodes.map((node) => node.id))
  const found = new Set<NodeId>()
  const waiting = nodes.flatMap((node) => node.parents)
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id)) continue
    found.add(id)
    const node = byId.get(id)
    if (node !== undefined && isEphemeral(node)) waiting.push(...node.parents)
  }
  return graph.nodes.filter(
    (node): node is ReadNode =>
      found.has(node.id) &&
      !own.has(node.id) &&
      !isEphemeral(node) &&
      (node.kind === 'model' || node.kind === 'seed' || node.kind === 'snapshot'),
  )
}
