import type { ModelNode, Node, SeedNode, SnapshotNode, SourceNode } from '@strata/core'
import { isEphemeral } from '../graph/is-ephemeral.ts'
import { ephemeralName, longEphemeralName } from '../sql/ephemeral-name.ts'

/** What is, or stands for, a relation. */
export type RelationNode = ModelNode | SeedNode | SnapshotNode | SourceNode

/** The node behind a name in SQL; an ephemeral model goes by the name of its common table expression. */
export type FindNode = (name: {
  readonly schema: string | null
  readonly name: string
}) => RelationNode | null

export function createFindNode(nodes: readonly Node[]): FindNode {
  const byRelation = new Map<string, RelationNode>()
  const ephemerals = new Map<string, RelationNode>()
  for (const node of nodes) {
    if (!isRelation(node)) continue
    if (isEphemeral(node)) {
      ephemerals.set(longEphemeralName(node.id), node)
      ephemerals.set(ephemeralName(node.name), node)
    }
    const key = keyOf(node.relation.schema, node.relation.name)
    // A source that is in truth another node of the project is that node.
    if (node.kind !== 'source' || !byRelation.has(key)) byRelation.set(key, node)
  }
  return ({ schema, name }) => byRelation.get(keyOf(schema ?? 'public', name)) ?? ephemerals.get(name) ?? null
}

export function isRelation(node: Node): node is RelationNode {
  return node.kind === 'model' || node.kind === 'seed' || node.kind === 'snapshot' || node.kind === 'source'
}

function keyOf(schema: string, name: string): string {
  return `${schema}\0${name}`
}
