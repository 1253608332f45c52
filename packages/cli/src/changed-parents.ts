import { buildPlan, readsOf } from '@strata/compiler'
import type { Graph, KnownRelation, Node, NodeId, Target } from '@strata/core'

/** A relation that was built from something else than its file says now, and a node that reads it. */
export interface ChangedParent {
  /** `silver.subjects` */
  readonly name: string
  readonly reader: Node
}

/** What the nodes read, are not themselves, and find otherwise than the project has it, each once. */
export function changedParents(
  graph: Graph,
  nodes: readonly Node[],
  target: Target,
  known: ReadonlyMap<NodeId, KnownRelation>,
): readonly ChangedParent[] {
  const own = new Set(nodes.map((node) => node.id))
  const readers = new Map<NodeId, Node>()
  for (const reader of nodes)
    for (const { id } of readsOf(graph, [reader]))
      if (!own.has(id) && !readers.has(id)) readers.set(id, reader)
  const { steps } = buildPlan(
    graph,
    graph.nodes.filter((node) => readers.has(node.id)),
    { command: 'run', target, kinds: ['model', 'seed'], fullRefresh: false },
  )
  return steps.flatMap((step): ChangedParent[] => {
    const built = known.get(step.id)
    if (built === undefined || !('fingerprint' in step) || built.plannedFingerprint === step.fingerprint)
      return []
    return [{ name: step.name, reader: readers.get(step.id)! }]
  })
}
