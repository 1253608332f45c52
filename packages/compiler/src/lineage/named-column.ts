import { ConfigurationError, displayRelation, type NodeId } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import { isRelation, type RelationNode } from './find-node.ts'
import { directKinds, type GraphLineage, indirectKinds } from './graph-lineage.ts'

export interface NamedColumn {
  readonly node: RelationNode
  /** Null: the node was named, and no column of it. */
  readonly column: string | null
  /** Steps into a JSON column; empty: the column itself. */
  readonly path: readonly string[]
}

/**
 * Finds what `gold.visits.status`, `visits.status`, `visits`, `clinical_conductor.patients.data->birthDate` name: a model, seed,
 * snapshot or source by its name, its relation or its id, and a column of it. `prefix`: that of the target's schemas, which nobody
 * has to write. Throws `ConfigurationError`: `UNKNOWN_NODE`, `UNKNOWN_COLUMN`, `AMBIGUOUS_NODE`.
 */
export function findNamedColumn(lineage: GraphLineage, text: string, prefix: string): NamedColumn {
  const [head, ...path] = text.trim().split(/->>?/).map(unquoted) as [string, ...string[]]
  const nodes = lineage.graph.nodes.filter(isRelation)
  const named = nodesNamed(nodes, head, prefix)
  if (named.length > 0) {
    if (path.length > 0) throw unknownNode(nodes, text, head, prefix)
    return { node: one(named, head), column: null, path }
  }
  const dot = head.lastIndexOf('.')
  const [before, column] = [head.slice(0, Math.max(dot, 0)), unquoted(head.slice(dot + 1))]
  const owners = dot < 0 ? [] : nodesNamed(nodes, before, prefix)
  if (owners.length === 0) throw unknownNode(nodes, text, head, prefix)
  const node = one(owners, before)
  return { node, column: columnOf(lineage, node, column), path }
}

function columnOf(lineage: GraphLineage, node: RelationNode, name: string): string {
  const of = lineage.of(node.id)
  const names = of?.columns?.map((column) => column.name) ?? node.columns.map((column) => column.name)
  if (names.includes(name)) return name
  const folded = names.find((one) => one === name.toLowerCase())
  if (folded !== undefined) return folded
  // Nobody can say that a column is not there, where columns are not known, or somebody reads it.
  if (of?.columns == null || isRead(lineage, node, name)) return name
  throw new ConfigurationError({
    code: 'UNKNOWN_COLUMN',
    message: `${displayRelation(node.relation)} has no column "${name}"`,
    hint: didYouMean(name, names) ?? `It has ${listed(names)}.`,
  })
}

function isRead(lineage: GraphLineage, { id }: RelationNode, name: string): boolean {
  return lineage.graph.nodes.some((reader) => {
    const of = reader.parents.includes(id) ? lineage.of(reader.id) : null
    const uses = [
      ...(of?.columns ?? []).flatMap((column) => directKinds.flatMap((kind) => column[kind])),
      ...indirectKinds.flatMap((kind) => of?.rows[kind] ?? []),
    ]
    return uses.some(({ node, column }) => node === id && column === name)
  })
}

function nodesNamed(nodes: readonly RelationNode[], name: string, prefix: string): readonly RelationNode[] {
  const wanted = name.toLowerCase()
  return nodes.filter((node) => namesOf(node, prefix).some((one) => one.toLowerCase() === wanted))
}

/** A source goes by its relation only behind what the project builds: that is looked at first. */
function one(nodes: readonly RelationNode[], name: string): RelationNode {
  const [first, ...others] = [
    ...nodes.filter(({ kind }) => kind !== 'source'),
    ...nodes.filter(({ kind }) => kind === 'source'),
  ]
  const rival = others.find(({ kind }) => kind === 'source' || first!.kind !== 'source')
  if (rival === undefined || rival.kind !== first!.kind) return first!
  throw new ConfigurationError({
    code: 'AMBIGUOUS_NODE',
    message: `"${name}" names ${nodes.length} nodes: ${nodes.map(({ id }) => id).join(', ')}`,
    hint: 'Write the schema before the name, or the whole id.',
  })
}

function namesOf(node: RelationNode, prefix: string): readonly string[] {
  const { schema, name } = node.relation
  const plain = schema.startsWith(prefix) ? schema.slice(prefix.length) : schema
  return [
    node.name,
    displayRelation(node.relation),
    `${plain}.${name}`,
    node.id,
    `${node.packageName}.${node.name}`,
  ]
}

function unknownNode(
  nodes: readonly RelationNode[],
  text: string,
  head: string,
  prefix: string,
): ConfigurationError {
  const known: NodeId[] = nodes.flatMap((node) => namesOf(node, prefix).slice(0, 3))
  const before = head.includes('.') ? head.slice(0, head.lastIndexOf('.')) : head
  return new ConfigurationError({
    code: 'UNKNOWN_NODE',
    message: `"${text}" names no model, seed, snapshot or source, and no column of one`,
    hint:
      didYouMean(head, known) ??
      didYouMean(before, known) ??
      'Write model.column, schema.model.column, or source.table.column; `models list` shows the names.',
  })
}

function unquoted(text: string): string {
  const trimmed = text.trim()
  return /^(?:'[^']*'|"[^"]*")$/.test(trimmed) ? trimmed.slice(1, -1) : trimmed
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(', ')
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown
}
