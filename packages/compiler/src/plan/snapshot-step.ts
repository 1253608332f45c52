import { createHash } from 'node:crypto'
import { type NodeId, type SnapshotNode, type SnapshotStep, shapeOptions } from '@strata/core'
import { snapshotSettings } from '../resolve/snapshot-config.ts'
import { type Marked, withMark } from './find-marked.ts'

/** The step that takes a snapshot. `--full-refresh` has no say: what it holds could not be built again. */
export function snapshotStep(
  node: SnapshotNode,
  parents: readonly NodeId[],
  marked: Marked,
  options: { readonly takeOver?: boolean; readonly allowEmpty?: boolean },
): SnapshotStep {
  const { id, relation, select, late, rawCode, preHooks, postHooks, description } = node
  const shape = [late ? rawCode : select, Object.entries(shapeOptions(node.config))]
  return {
    kind: 'snapshot',
    id,
    name: `${relation.schema}.${relation.name}`,
    parents,
    intent: 'build',
    reason: 'the state of the database has not been read',
    relation,
    config: withMark(node, marked),
    settings: snapshotSettings(node.config),
    select,
    late,
    preHooks,
    postHooks,
    fingerprint: createHash('md5').update(JSON.stringify(shape)).digest('hex'),
    takeOver: options.takeOver ?? false,
    ...(options.allowEmpty === true ? { allowEmpty: true } : {}),
    description: description.trim(),
    columnDescriptions: Object.fromEntries(
      node.columns
        .filter((column) => column.description !== '')
        .map((column) => [column.name, column.description.trim()]),
    ),
  }
}
