import type { Diagnostic, Location, NodeId } from '@strata/core'
import { DirectedGraph } from 'graphology'
import { topologicalSort } from 'graphology-dag'

interface Vertex {
  readonly id: NodeId
  readonly name: string
  readonly parents: readonly NodeId[]
  readonly location: Location
}

/**
 * Sorts nodes so that parents come before children. Parents that are not among the nodes are ignored. Where there are
 * cycles, one diagnostic names the whole way round each of them, and `ordered` leaves their members out.
 */
export function orderNodes<T extends Vertex>(
  nodes: readonly T[],
  /** Where a node refers to a parent of it. */
  referenceAt: (node: T, parent: NodeId) => Location | undefined = () => undefined,
): { readonly ordered: readonly T[]; readonly diagnostics: readonly Diagnostic[] } {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const cycles = findCycles(nodes, byId)
  const cyclic = new Set(cycles.flat().map((node) => node.id))

  const graph = new DirectedGraph()
  for (const node of nodes) if (!cyclic.has(node.id)) graph.addNode(node.id)
  for (const node of nodes) {
    if (cyclic.has(node.id)) continue
    for (const parent of node.parents) {
      if (graph.hasNode(parent)) graph.mergeEdge(parent, node.id)
    }
  }
  return {
    ordered: topologicalSort(graph).map((id) => byId.get(id)!),
    diagnostics: cycles.map((cycle) => cycleDiagnostic(cycle, referenceAt)),
  }
}

/** Iterative depth-first search; a graph may be deeper than the stack. Reports each cycle once, members in the order data would flow. */
function findCycles<T extends Vertex>(nodes: readonly T[], byId: ReadonlyMap<NodeId, T>): T[][] {
  const state = new Map<NodeId, 'open' | 'done'>()
  const cycles: T[][] = []
  for (const root of nodes) {
    if (state.has(root.id)) continue
    const path: { node: T; next: number }[] = [{ node: root, next: 0 }]
    state.set(root.id, 'open')
    while (path.length > 0) {
      const top = path.at(-1)!
      const parentId = top.node.parents[top.next++]
      if (parentId === undefined) {
        state.set(top.node.id, 'done')
        path.pop()
        continue
      }
      const parent = byId.get(parentId)
      if (parent === undefined) continue
      if (state.get(parentId) === 'open') {
        const start = path.findIndex(({ node }) => node.id === parentId)
        cycles.push(
          path
            .slice(start)
            .map(({ node }) => node)
            .reverse(),
        )
      } else if (!state.has(parentId)) {
        state.set(parentId, 'open')
        path.push({ node: parent, next: 0 })
      }
    }
  }
  return cycles
}

function cycleDiagnostic<T extends Vertex>(
  cycle: readonly T[],
  referenceAt: (node: T, parent: NodeId) => Location | undefined,
): Diagnostic {
  const first = cycle[0]!
  // A job and the table that it lands go by one name.
  const names = [...cycle, first]
    .map((node) => node.name)
    .filter((name, index, all) => name !== all[index - 1])
  const ofJobs = cycle.every((node) => /^(?:job|source)\./.test(node.id))
  // Each member's parent in the circle is the one before it.
  const places = cycle.map((node, index) => referenceAt(node, cycle.at(index - 1)!.id) ?? node.location)
  return {
    code: 'CYCLE',
    severity: 'error',
    message:
      cycle.length === 1
        ? `${first.name} refers to itself`
        : `these ${ofJobs ? 'jobs' : 'models'} refer to each other in a circle: ${names.join(' → ')}`,
    hint:
      cycle.length === 1
        ? 'Use {{ this }} to read the rows that the model already has.'
        : ofJobs
          ? 'Let one of them take its slices from another table.'
          : 'Remove one ref() of the circle, or move what they share into a model of its own.',
    location: places[0]!,
    related: cycle.slice(1).flatMap((node, index) => {
      const parent = cycle[index]!.name
      return parent === node.name
        ? []
        : [{ message: `${node.name} refers to ${parent}`, location: places[index + 1]! }]
    }),
  }
}
