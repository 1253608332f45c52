import { createHash } from 'node:crypto'
import type { NodeId, SeedNode, Step } from '@strata/core'
import type { Marked } from './find-marked.ts'
import { relationStep } from './relation-step.ts'

/** The step that loads a seed's file. */
export function seedStep(
  node: SeedNode,
  parents: readonly NodeId[],
  marked: Marked,
  fullRefresh: boolean,
): Step {
  const { config, file, checksum, contract } = node
  const promises = (contract?.constraints ?? []).map(({ name, definition }) => [name, definition])
  const shape = [checksum, config.columnTypes, config.quoteColumns, config.delimiter]
  return {
    kind: 'seed',
    ...relationStep(node, parents, marked),
    file,
    checksum,
    ...(contract === undefined ? {} : { contract }),
    fingerprint: createHash('md5')
      .update(JSON.stringify(promises.length === 0 ? shape : [...shape, promises]))
      .digest('hex'),
    fullRefresh,
  }
}
