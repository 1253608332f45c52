import { type Graph, type NodeId, quoteRelation } from '@strata/core'

/** Quoted names of relations. Throws `Error` for a node that has none. */
export function relationNames(graph: Graph): (id: NodeId) => string {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]))
  return (id) => {
    const node = byId.get(id)
    if (node === undefined || !('relation' in node)) throw new Error(`${id} has no relation`)
    return quoteRelation(node.relation)
  }
}
