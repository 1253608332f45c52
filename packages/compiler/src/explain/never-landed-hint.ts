import { displayRelation, type Graph, type Node } from '@strata/core'
import { isEphemeral } from '../graph/is-ephemeral.ts'

/**
 * What to do about a table, by the name that the server was given, that a job lands and that is not there. Null where the node
 * reads no such table.
 */
export function neverLandedHint(name: string, node: Node, graph: Graph): string | null {
  const nodes = new Map(graph.nodes.map((one) => [one.id, one]))
  const reads = [...node.parents]
  const seen = new Set<string>(reads)
  for (let id = reads.pop(); id !== undefined; id = reads.pop()) {
    const parent = nodes.get(id)
    // An ephemeral model is read as part of its children.
    if (parent !== undefined && isEphemeral(parent))
      for (const above of parent.parents)
        if (!seen.has(above)) {
          seen.add(above)
          reads.push(above)
        }
    if (parent?.kind !== 'source' || displayRelation(parent.relation) !== name) continue
    const job = parent.parents.map((above) => nodes.get(above)).find((above) => above?.kind === 'job')
    if (job === undefined) continue
    const selection = 'relation' in node ? ` with --select +${node.name}` : ''
    return `${job.name} has never landed: see that its source is configured (models debug), and run without --no-extract${selection}.`
  }
  return null
}
