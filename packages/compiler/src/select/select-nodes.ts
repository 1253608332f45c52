import { ConfigurationError, type Graph, type Node, type NodeId } from '@strata/core'
import { type Adjacency, adjacencyOf, reachable } from '../graph/adjacency.ts'
import { didYouMean } from '../project/near-misses.ts'
import { matcher } from './matches.ts'
import { type BareMethod, type Criterion, parseSelector, type Selector } from './parse-selector.ts'

export interface Selection {
  /** Words of `--select`; none: everything. */
  readonly select: readonly string[]
  readonly exclude: readonly string[]
  readonly bareMethod?: BareMethod
}

/**
 * The nodes that a selection picks, in graph order. Data tests come along when any node that they read is picked.
 * Throws `ConfigurationError` with near misses when a part of `select` matches nothing.
 */
export function selectNodes(graph: Graph, selection: Selection): readonly Node[] {
  const adjacency = adjacencyOf(graph.nodes)
  const wanted =
    selection.select.length === 0
      ? new Set(graph.nodes.filter((node) => node.kind !== 'data_test').map((node) => node.id))
      : evaluate(graph, adjacency, parseSelector(selection.select, selection.bareMethod), 'required')
  const unwanted = evaluate(
    graph,
    adjacency,
    parseSelector(selection.exclude, selection.bareMethod),
    'optional',
  )

  const picked = new Set([...wanted].filter((id) => !unwanted.has(id)))
  return graph.nodes.filter((node) => {
    if (picked.has(node.id)) return true
    return (
      node.kind === 'data_test' && !unwanted.has(node.id) && node.parents.some((parent) => picked.has(parent))
    )
  })
}

function evaluate(
  graph: Graph,
  adjacency: Adjacency,
  selector: Selector,
  mode: 'required' | 'optional',
): Set<NodeId> {
  const union = new Set<NodeId>()
  for (const intersection of selector) {
    const sets = intersection.map((criterion) => evaluateCriterion(graph, adjacency, criterion, mode))
    const [first, ...rest] = sets
    for (const id of first ?? []) if (rest.every((set) => set.has(id))) union.add(id)
  }
  return union
}

function evaluateCriterion(
  graph: Graph,
  adjacency: Adjacency,
  criterion: Criterion,
  mode: 'required' | 'optional',
): Set<NodeId> {
  const matches = matcher(criterion.method, criterion.value)
  const found = graph.nodes.filter(matches).map((node) => node.id)
  if (found.length === 0 && mode === 'required') throw nothingMatches(graph, criterion)

  const result = new Set(found)
  const add = (ids: Iterable<NodeId>) => {
    for (const id of ids) result.add(id)
  }
  if (criterion.parents !== null) add(reachable(adjacency.parents, found, criterion.parents))
  if (criterion.children !== null) add(reachable(adjacency.children, found, criterion.children))
  if (criterion.childrensParents) {
    const children = reachable(adjacency.children, found)
    add(children)
    add(reachable(adjacency.parents, [...found, ...children]))
  }
  return result
}

function nothingMatches(graph: Graph, criterion: Criterion): ConfigurationError {
  return new ConfigurationError({
    code: 'NOTHING_SELECTED',
    message: `the selector "${criterion.text}" matches nothing`,
    hint:
      didYouMean(criterion.value, namesFor(graph, criterion.method)) ??
      '`models list` shows what there is to select.',
  })
}

function namesFor(graph: Graph, method: string): string[] {
  if (method === 'tag') return graph.nodes.flatMap((node) => node.tags)
  if (method === 'job')
    return graph.nodes.flatMap((node) => (node.kind === 'job' ? [node.job.table, node.name] : []))
  if (method === 'path') return graph.nodes.map((node) => node.location.file)
  return graph.nodes
    .filter((node) => node.kind !== 'data_test')
    .flatMap((node) => (node.kind === 'model' ? [node.name, node.fqn.at(-1)!] : [node.name]))
}
