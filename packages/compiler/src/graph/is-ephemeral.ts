import type { Node } from '@strata/core'

/** An ephemeral model has no relation: it lives in the SQL of its children. */
export function isEphemeral(node: Node): boolean {
  return node.kind === 'model' && node.config.materialized === 'ephemeral'
}
