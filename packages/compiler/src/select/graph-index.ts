import type { Graph, Node } from '@strata/core'
import { once } from '../once.ts'
import { type NodeNames, nodeNames } from './node-names.ts'

/** A data test or unit test, and the nodes that decide whether it comes along. */
export interface AttachedTest {
  readonly position: number
  readonly about: readonly number[]
}

/** A graph by positions in its list of nodes, made once for all criteria. */
export interface GraphIndex {
  readonly graph: Graph
  readonly nodes: readonly Node[]
  readonly parents: readonly (readonly number[])[]
  readonly children: readonly (readonly number[])[]
  readonly tests: readonly AttachedTest[]
  readonly sources: readonly number[]
  names(): NodeNames
  /** Where each node is declared. */
  files(): readonly string[]
  /** The file with its properties, where it has one. */
  patches(): readonly (string | null)[]
  /** The nodes of each tag. */
  tags(): ReadonlyMap<string, readonly number[]>
}

const indexes = new WeakMap<Graph, GraphIndex>()

export function graphIndex(graph: Graph): GraphIndex {
  let index = indexes.get(graph)
  if (index === undefined) {
    index = makeIndex(graph)
    indexes.set(graph, index)
  }
  return index
}

/** To pick everything takes none of it: each part is made when it is asked for. */
function makeIndex(graph: Graph): GraphIndex {
  const { nodes } = graph
  const edges = once(() => edgesOf(nodes))
  return {
    graph,
    nodes,
    get parents() {
      return edges().parents
    },
    get children() {
      return edges().children
    },
    get tests() {
      return edges().tests
    },
    get sources() {
      return edges().sources
    },
    names: once(() => nodeNames(nodes)),
    files: once(() => nodes.map((node) => node.location.file)),
    // dbt writes `package://models/schema.yml`.
    patches: once(() => nodes.map((node) => node.patchPath?.replace(/^\w+:\/\//, '') ?? null)),
    tags: once(() => tagged(nodes)),
  }
}

function edgesOf(nodes: readonly Node[]): Pick<GraphIndex, 'parents' | 'children' | 'tests' | 'sources'> {
  const positions = new Map(nodes.map((node, position) => [node.id, position]))
  const known = (ids: readonly string[]) =>
    ids.map((id) => positions.get(id)).filter((position) => position !== undefined)
  const parents = nodes.map((node) => known(node.parents))
  const children: number[][] = nodes.map(() => [])
  const tests: AttachedTest[] = []
  const sources: number[] = []
  for (const [position, node] of nodes.entries()) {
    for (const parent of parents[position]!) children[parent]!.push(position)
    if (node.kind === 'data_test') tests.push({ position, about: parents[position]! })
    // Its given inputs are only replaced by rows: a unit test is about its model alone.
    if (node.kind === 'unit_test') tests.push({ position, about: known([node.model]) })
    if (node.kind === 'source') sources.push(position)
  }
  return { parents, children, tests, sources }
}

function tagged(nodes: readonly Node[]): ReadonlyMap<string, readonly number[]> {
  const positions = new Map<string, number[]>()
  for (const [position, node] of nodes.entries()) {
    for (const tag of node.tags) {
      const others = positions.get(tag)
      if (others === undefined) positions.set(tag, [position])
      else others.push(position)
    }
  }
  return positions
}
