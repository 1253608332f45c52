import type { ModelNode, NodeId, SeedNode, SnapshotNode } from '@strata/core'
import { type Marked, withMark } from './find-marked.ts'

/** What the steps of models, seeds and snapshots have in common. */
export function relationStep<N extends ModelNode | SeedNode | SnapshotNode>(
  node: N,
  parents: readonly NodeId[],
  marked: Marked,
) {
  const { id, relation, preHooks, postHooks, description, columns } = node
  return {
    id,
    name: `${relation.schema}.${relation.name}`,
    parents,
    intent: 'build',
    reason: 'the state of the database has not been read',
    relation,
    config: withMark<N['config']>(node, marked),
    preHooks,
    postHooks,
    description: description.trim(),
    columnDescriptions: Object.fromEntries(
      columns.flatMap((column) =>
        column.description === '' ? [] : [[column.name, column.description.trim()]],
      ),
    ),
  } as const
}
