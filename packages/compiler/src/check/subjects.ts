import type { Graph, Node, NodeId, RelationName } from '@strata/core'
import { isEphemeral } from '../graph/is-ephemeral.ts'

/** A node that has a relation or SQL, and what it reads. */
export interface Subject {
  readonly node: Exclude<Node, { kind: 'job' | 'exposure' | 'unit_test' }>
  /** Where it stands when it is typed; null: it yields nothing that others read. */
  readonly relation: RelationName | null
  /** What must be there before, ephemeral models and what they read included. */
  readonly reads: readonly NodeId[]
}

/**
 * The nodes that are checked or stood on, those without SQL first, data tests last, else in graph order. `side`: the schema for what has no
 * relation of its own.
 */
export function subjectsOf(
  graph: Graph,
  wanted: ReadonlySet<NodeId> | null,
  side: string,
): readonly Subject[] {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]))
  const reads = new Map<NodeId, readonly NodeId[]>()
  const readsOf = (node: Node): readonly NodeId[] => {
    const known = reads.get(node.id)
    if (known !== undefined) return known
    const found = new Set<NodeId>()
    for (const id of node.parents) {
      const parent = byId.get(id)
      if (parent === undefined || id === node.id || !isRead(parent)) continue
      found.add(id)
      if (isEphemeral(parent)) for (const further of readsOf(parent)) found.add(further)
    }
    const list = [...found]
    reads.set(node.id, list)
    return list
  }
  const needed = wanted === null ? null : withAncestors(wanted, byId)
  const subjects = graph.nodes.flatMap((node, index): Subject[] => {
    if (node.kind === 'job' || node.kind === 'exposure' || node.kind === 'unit_test') return []
    if (needed !== null && !needed.has(node.id)) return []
    const relation = isEphemeral(node)
      ? { schema: side, name: `ephemeral_${index}` }
      : 'relation' in node
        ? node.relation
        : null
    return [{ node, relation, reads: readsOf(node) }]
  })
  const turnOf = ({ node }: Subject) => (isGiven(node) ? 0 : node.kind === 'data_test' ? 2 : 1)
  return subjects.sort((a, b) => turnOf(a) - turnOf(b))
}

/** Its columns are not computed by SQL. */
export function isGiven(node: Node): boolean {
  return node.kind === 'source' || node.kind === 'seed'
}

function isRead({ kind }: Node): boolean {
  return kind === 'source' || kind === 'seed' || kind === 'model' || kind === 'snapshot'
}

function withAncestors(wanted: ReadonlySet<NodeId>, byId: ReadonlyMap<NodeId, Node>): ReadonlySet<NodeId> {
  const found = new Set<NodeId>()
  const waiting = [...wanted]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id)) continue
    found.add(id)
    waiting.push(...(byId.get(id)?.parents ?? []))
  }
  return found
}
