import type { Node, NodeId } from '@strata/core'

/**
 * A view reads with the rights of its owner, whom the policies of a table do not concern: it would show everybody every row.
 * Views that read a table with policies, also through other views, therefore read with the rights of whoever reads them,
 * unless their configuration says otherwise. Nodes come with parents before children.
 */
export function withInvokers(nodes: readonly Node[]): readonly Node[] {
  const guarded = new Set<NodeId>()
  return nodes.map((node) => {
    if (node.kind !== 'model' && node.kind !== 'seed') return node
    if (Array.isArray(node.config['policies'])) guarded.add(node.id)
    if (node.kind === 'seed') return node
    const { materialized } = node.config
    const passes = materialized === 'view' || materialized === 'ephemeral'
    if (!passes || !node.parents.some((parent) => guarded.has(parent))) return node
    guarded.add(node.id)
    if (materialized === 'ephemeral' || typeof node.config['security_invoker'] === 'boolean') return node
    return { ...node, config: { ...node.config, security_invoker: true } }
  })
}
