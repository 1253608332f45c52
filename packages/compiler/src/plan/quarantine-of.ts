import type { DataTestNode, Node, NodeId, Quarantine } from '@strata/core'
import { quarantineLimit } from '../resolve/quarantine-config.ts'

/** Where a test moves its failing rows; null: it only tells of them. */
export function quarantineOf(
  { config, attachedTo }: DataTestNode,
  nodes: ReadonlyMap<NodeId, Node>,
  lands: (job: NodeId) => boolean,
): Quarantine | null {
  const atMost = quarantineLimit(config)
  if (atMost === null || attachedTo === null) return null
  const parents = (nodes.get(attachedTo)?.parents ?? []).map((id) => nodes.get(id))
  const landing = parents.find((node) => node?.kind === 'job')
  return landing?.kind === 'job' && lands(landing.id) ? { job: landing.job, atMost } : null
}
