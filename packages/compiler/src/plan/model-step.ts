import { createHash } from 'node:crypto'
import { type BatchSettings, type ModelNode, type ModelStep, type NodeId, shapeOptions } from '@strata/core'
import { batchSettings } from '../resolve/microbatch-config.ts'
import type { Marked } from './find-marked.ts'
import { relationStep } from './relation-step.ts'

export interface ModelStepOptions {
  readonly fullRefresh: boolean
  /** `ModelStep.allowEmpty`. Default: false. */
  readonly allowEmpty?: boolean
  /** `BatchSettings.only` of every model that is built in batches. */
  readonly batches?: NonNullable<BatchSettings['only']>
}

/** The step that builds a model. `readersOf`: names of the models that read its increments. */
export function modelStep(
  node: ModelNode,
  parents: readonly NodeId[],
  marked: Marked,
  readersOf: (id: NodeId) => readonly string[],
  options: ModelStepOptions,
): ModelStep {
  return {
    kind: 'model',
    ...relationStep(node, parents, marked),
    ...(node.contract === undefined ? {} : { contract: node.contract }),
    select: node.select,
    late: node.late,
    increments: node.increments,
    ...batchesOf(node, options),
    fingerprint: fingerprintOf(node),
    ...recordingOf(node, readersOf),
    fullRefresh: wantsFullRefresh(node, options.fullRefresh),
    ...(options.allowEmpty === true ? { allowEmpty: true } : {}),
  }
}

function batchesOf({ config }: ModelNode, options: ModelStepOptions): Pick<ModelStep, 'batches'> {
  const settings = batchSettings(config)
  if (settings === null) return {}
  return { batches: options.batches === undefined ? settings : { ...settings, only: options.batches } }
}

/** The model's own `full_refresh` has the last word, as in dbt. */
function wantsFullRefresh(node: ModelNode, asked: boolean): boolean {
  const own = node.config['full_refresh']
  return typeof own === 'boolean' ? own : asked
}

/**
 * Columns of a contract. Those of an incremental model are compared with its SELECT at every run, so that a contract that
 * it gets, or a constraint, builds nothing anew.
 */
function promised({ contract, config }: ModelNode): readonly unknown[] {
  const columns = contract?.columns ?? null
  if (columns === null || config.materialized === 'incremental') return []
  return [columns.map(({ name, type }) => [name, type.toLowerCase()])]
}

function recordingOf(
  node: ModelNode,
  readersOf: (id: NodeId) => readonly string[],
): Pick<ModelStep, 'recording'> {
  const { track_changes: tracks, ...config } = node.config
  if (tracks !== true) return {}
  return {
    recording: { readers: readersOf(node.id), fingerprintWithout: fingerprintOf({ ...node, config }) },
  }
}

/** A hash of what decides the content and shape of a model's relation: its SQL both ways, and its configuration. */
function fingerprintOf(node: ModelNode): string {
  const config = Object.entries(shapeOptions(node.config))
  return (
    createHash('md5')
      // The SQL of a late model is known at its step alone; what it is made from stands for it.
      .update(JSON.stringify([node.late ? node.rawCode : node.select, config, ...promised(node)]))
      .digest('hex')
  )
}
