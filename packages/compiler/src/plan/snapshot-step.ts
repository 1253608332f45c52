import { createHash } from 'node:crypto'
import { type NodeId, type SnapshotNode, type SnapshotStep, shapeOptions } from '@strata/core'
import { snapshotSettings } from '../resolve/snapshot-config.ts'

/** The step that takes a snapshot. `--full-refresh` has no say: what it holds could not be built again. */
export function snapshotStep(
  node: SnapshotNode,
  parents: readonly NodeId[],
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
    config: withKeyPrivacy(node),
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

/** Errors name keys, unless the snapshot or a column of it is marked as health information. */
function withKeyPrivacy(node: SnapshotNode): SnapshotNode['config'] {
  const marked = node.meta['phi'] === true || node.columns.some(({ meta }) => meta['phi'] === true)
  return marked ? { ...node.config, meta: { ...node.meta, phi: true } } : node.config
}
