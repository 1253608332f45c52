import type { Diagnostic, Graph, Json, Node, NodeId, UnitTestNode } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import { nameOf } from './downstream.ts'

type NamesOf = (id: NodeId) => readonly string[] | null

/** Errors of columns in the rows of unit tests that their inputs, or what they expect, do not have. */
export function unitTestColumns(graph: Graph, namesOf: NamesOf): readonly Diagnostic[] {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]))
  return graph.nodes.flatMap((node) => {
    if (node.kind !== 'unit_test') return []
    const model = nodes.get(node.model)
    if (model === undefined) return []
    const { given, expect } = node.definition
    const inputs = asList(given).flatMap((one) => {
      const { input, rows } = asMapping(one)
      const read = typeof input === 'string' ? inputOf(input, model, nodes) : null
      return read === null ? [] : wrong(node, read, rows, `its input ${input}`, namesOf)
    })
    const { rows, cte } = asMapping(expect)
    return [...inputs, ...(cte === undefined ? wrong(node, model, rows, 'what it expects', namesOf) : [])]
  })
}

function wrong(
  test: UnitTestNode,
  of: Node,
  rows: Json | undefined,
  where: string,
  namesOf: NamesOf,
): readonly Diagnostic[] {
  const names = namesOf(of.id)
  if (names === null) return []
  const known = new Set(names.map((name) => name.toLowerCase()))
  return columnsIn(rows)
    .filter((column) => !known.has(column.toLowerCase()))
    .map((column) => ({
      code: 'UNKNOWN_COLUMN',
      severity: 'error',
      message: `${nameOf(of)} has no column "${column}", which the unit test ${test.name} has in ${where}`,
      hint: didYouMean(column, names) ?? `Its columns are ${names.join(', ')}.`,
      location: test.location,
    }))
}

/** Of rows that are written as mappings; those in other forms are read when they are needed. */
function columnsIn(rows: Json | undefined): readonly string[] {
  return [...new Set(asList(rows).flatMap((row) => Object.keys(asMapping(row))))]
}

const call = /^\s*(ref|source|this)\b\s*(?:\((.*)\))?\s*$/s

/** The node that `ref('x')`, `source('a', 'b')` or `this` stands for among what a model reads. */
function inputOf(input: string, model: Node, nodes: ReadonlyMap<NodeId, Node>): Node | null {
  const [, kind, args = ''] = call.exec(input) ?? []
  if (kind === 'this') return model
  const names = [...args.matchAll(/(?<!=\s*)(['"])(.*?)\1/g)].map(([, , name]) => name!)
  const found = model.parents
    .map((id) => nodes.get(id))
    .filter((parent) => {
      if (parent === undefined) return false
      if (kind === 'source')
        return parent.kind === 'source' && parent.fqn.slice(-2).join('\0') === names.join('\0')
      const isBuilt = parent.kind === 'model' || parent.kind === 'seed' || parent.kind === 'snapshot'
      return kind === 'ref' && isBuilt && parent.name === names.at(-1)
    })
  return found.length === 1 ? found[0]! : null
}

function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}

function asMapping(value: Json | undefined): { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json })
    : {}
}
