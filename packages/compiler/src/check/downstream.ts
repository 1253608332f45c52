import type { Diagnostic, Graph, Node, NodeId } from '@strata/core'
import { listed } from '@strata/core'
import { isEphemeral } from '../graph/is-ephemeral.ts'

/** Models and exposures that stand on a node, in graph order. */
export function createDownstream(graph: Graph): (id: NodeId) => readonly Node[] {
  const children = new Map<NodeId, NodeId[]>()
  for (const node of graph.nodes)
    for (const parent of node.parents) {
      const known = children.get(parent)
      if (known === undefined) children.set(parent, [node.id])
      else known.push(node.id)
    }
  return (id) => {
    const found = new Set<NodeId>()
    const waiting = [...(children.get(id) ?? [])]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (found.has(next)) continue
      found.add(next)
      waiting.push(...(children.get(next) ?? []))
    }
    return graph.nodes.filter((node) => found.has(node.id) && counts(node))
  }
}

function counts({ kind }: Node): boolean {
  return kind === 'model' || kind === 'snapshot' || kind === 'exposure'
}

/** The error, with what would break with it. */
export function withDownstream(diagnostic: Diagnostic, nodes: readonly Node[]): Diagnostic {
  const [first] = nodes
  if (first === undefined) return diagnostic
  const names = nodes.map((node) => (node.kind === 'exposure' ? `the exposure ${node.name}` : nameOf(node)))
  const message = `${listed(names)} ${nodes.length === 1 ? 'stands' : 'stand'} on it`
  return { ...diagnostic, related: [...(diagnostic.related ?? []), { message, location: first.location }] }
}

/** What people call it: `silver.patients`, `clinical_conductor.patients`. */
export function nameOf(node: Node): string {
  if (node.kind === 'source') return node.name
  return 'relation' in node && !isEphemeral(node)
    ? `${node.relation.schema}.${node.relation.name}`
    : node.name
}
