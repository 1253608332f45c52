import type { DataTestNode, Graph, Node, NodeId } from '@strata/core'
import { isEphemeral } from '../graph/is-ephemeral.ts'

/** Where the data tests of a build stand. */
export interface Gates {
  /** The step inside whose transaction a test is asked, by test: the last that is built of what it reads. */
  readonly hostOf: ReadonlyMap<NodeId, NodeId>
  /** The tests that whatever reads a source waits for, by source. */
  readonly ofSource: ReadonlyMap<NodeId, readonly NodeId[]>
}

export const noGates: Gates = { hostOf: new Map(), ofSource: new Map() }

/**
 * Finds for each chosen data test what it stands before. One that reads a relation which is not built, and which stands
 * on one that is, has to see that one published: it stands before nothing.
 *
 * @param nearest for each node, the chosen ones above it
 */
export function findGates(
  graph: Graph,
  chosen: ReadonlyMap<NodeId, Node>,
  nearest: ReadonlyMap<NodeId, readonly NodeId[]>,
): Gates {
  const nodes = new Map(graph.nodes.map((node, place) => [node.id, { node, place }]))
  const hostOf = new Map<NodeId, NodeId>()
  const ofSource = new Map<NodeId, NodeId[]>()
  for (const test of chosen.values()) {
    if (test.kind !== 'data_test') continue
    const read = relationsRead(test, nodes)
    const sources = read.filter(({ node }) => node.kind === 'source')
    const built = read.filter(({ node }) => chosen.has(node.id))
    const standsOnBuilt = read.some(
      ({ node }) => node.kind !== 'source' && !chosen.has(node.id) && (nearest.get(node.id) ?? []).length > 0,
    )
    if (sources.length === read.length) {
      for (const { node } of sources) ofSource.set(node.id, [...(ofSource.get(node.id) ?? []), test.id])
    } else if (!standsOnBuilt && built.length > 0) {
      hostOf.set(test.id, built.reduce((last, one) => (one.place > last.place ? one : last)).node.id)
    }
  }
  return { hostOf, ofSource }
}

interface Placed {
  readonly node: Node
  readonly place: number
}

/** An ephemeral model lives in the SQL of what reads it. */
function relationsRead(test: DataTestNode, nodes: ReadonlyMap<NodeId, Placed>): readonly Placed[] {
  const found = new Map<NodeId, Placed>()
  const waiting = [...test.parents]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const placed = nodes.get(id)
    if (placed === undefined || found.has(id)) continue
    const { node } = placed
    if (isEphemeral(node)) waiting.push(...node.parents)
    else found.set(id, placed)
  }
  return [...found.values()]
}
