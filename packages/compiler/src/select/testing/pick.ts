import type { Graph, Node } from '@strata/core'
import { type Selection, selectNodes } from '../select-nodes.ts'

/** What a case picks: the names in alphabetical order, with the kind before all but models and data tests. */
export function pick(graph: Graph, selection: Partial<Selection>): string {
  return namesOf(selectNodes(graph, { select: [], exclude: [], ...selection }))
}

export function namesOf(nodes: readonly Node[]): string {
  return nodes.map(labelOf).sort().join(' ')
}

function labelOf(node: Node): string {
  if (node.kind === 'data_test') return node.name
  if (node.kind === 'model') return node.version === null ? node.name : `${node.name}.v${node.version}`
  return `${node.kind}:${node.name}`
}
