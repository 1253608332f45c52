import type { GraphIndex } from './graph-index.ts'
import { addAll, type NodeSet, reachableFrom } from './node-set.ts'
import type { IndirectSelection } from './selection-tree.ts'

/** What a part of a selection holds so far. */
export interface Picked {
  readonly direct: NodeSet
  /** Tests whose other nodes may still be picked by another part, with the `waits…` bits of what they wait for. */
  readonly pending: NodeSet
}

const waitsForAll = 1
const waitsForBuildable = 2

/** The nodes, and those tests about them that the mode takes along or keeps waiting. */
export function withTests(index: GraphIndex, nodes: NodeSet, mode: IndirectSelection): Picked {
  const direct = nodes.slice()
  const pending = new Uint8Array(nodes.length)
  if (mode === 'empty') return { direct, pending }
  const bit = mode === 'cautious' ? waitsForAll : waitsForBuildable
  for (const { position, about } of index.tests) {
    if (direct[position] !== 0 || !about.some((node) => nodes[node] !== 0)) continue
    if (mode === 'eager') direct[position] = 1
    else pending[position] = bit
  }
  return settle(index, { direct, pending })
}

/** Takes in the waiting tests whose nodes are all there by now. */
export function settle(index: GraphIndex, { direct, pending }: Picked): Picked {
  const waiting = index.tests.filter(({ position }) => pending[position] !== 0 && direct[position] === 0)
  if (waiting.length === 0) return { direct, pending }
  const settled = direct.slice()
  let buildable: NodeSet | undefined
  for (const { position, about } of waiting) {
    const bits = pending[position]!
    if (about.every((node) => direct[node] !== 0)) settled[position] = 1
    else if ((bits & waitsForBuildable) !== 0) {
      buildable ??= buildableFrom(index, direct)
      if (about.every((node) => buildable![node] !== 0)) settled[position] = 1
    }
  }
  return { direct: settled, pending }
}

/** What is there when the nodes are built: they, all that they need, and sources. */
function buildableFrom(index: GraphIndex, nodes: NodeSet): NodeSet {
  const buildable = nodes.slice()
  addAll(buildable, reachableFrom(index.parents, nodes))
  for (const source of index.sources) buildable[source] = 1
  return buildable
}
