import { createHash } from 'node:crypto'
import { type NodeId, type SnapshotNode, type SnapshotStep, shapeOptions } from '@strata/core'
import { snapshotSettings } from '../resolve/snapshot-config.ts'
import type { Marked } from './find-marked.ts'
import { relationStep } from './relation-step.ts'

/** The step that takes a snapshot. `--full-refresh` has no say: what it holds could not be built again. */
export function snapshotStep(
  node: SnapshotNode,
  parents: readonly NodeId[],
  marked: Marked,
  options: { readonly takeOver?: boolean; readonly allowEmpty?: boolean },
): SnapshotStep {
  const { select, late, rawCode } = node
  const shape = [late ? rawCode : select, Object.entries(shapeOptions(node.config))]
  return {
    kind: 'snapshot',
    ...relationStep(node, parents, marked),
    settings: snapshotSettings(node.config),
    select,
    late,
    fingerprint: createHash('md5').update(JSON.stringify(shape)).digest('hex'),
    takeOver: options.takeOver ?? false,
    ...(options.allowEmpty === true ? { allowEmpty: true } : {}),
  }
}
