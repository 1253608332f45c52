import type { Node, NodeId } from '@strata/core'

/** Nodes by what `meta: {phi: true}`, health information, means for them. */
export interface Marked {
  /** Their steps handle marked rows: they or a column are marked, or an ephemeral model is that is written into their SQL. */
  readonly steps: ReadonlySet<NodeId>
  /** Whoever reads them may see marked rows: these, and what views and ephemeral models show of them. */
  readonly rows: ReadonlySet<NodeId>
}

/** `nodes`: parents before their children. */
export function findMarked(nodes: readonly Node[]): Marked {
  const steps = new Set<NodeId>()
  const rows = new Set<NodeId>()
  const ephemeral = new Set<NodeId>()
  for (const node of nodes) {
    const kept = node.kind === 'model' ? node.config.materialized : null
    if (kept === 'ephemeral') ephemeral.add(node.id)
    const writtenInto = node.parents.some((id) => ephemeral.has(id) && steps.has(id))
    if (isMarked(node) || writtenInto) steps.add(node.id)
    const shows = (kept === 'ephemeral' || kept === 'view') && node.parents.some((id) => rows.has(id))
    if (steps.has(node.id) || shows) rows.add(node.id)
  }
  return { steps, rows }
}

/** The configuration of a step, by which it is known that its errors name no keys. */
export function withMark<C extends object>(
  { id, meta, config }: { readonly id: NodeId; readonly meta: Node['meta']; readonly config: C },
  { steps }: Marked,
): C {
  return steps.has(id) ? { ...config, meta: { ...meta, phi: true } } : config
}

function isMarked(node: Node): boolean {
  const marks = [
    node.meta,
    ...(node.kind === 'source' && node.sourceMeta !== undefined ? [node.sourceMeta] : []),
    ...('columns' in node ? node.columns.map(({ meta }) => meta) : []),
  ]
  return marks.some((meta) => meta?.['phi'] === true)
}
