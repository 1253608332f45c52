import { bronzeColumns, type Graph, type NodeId } from '@strata/core'
import type { NotNullColumns } from './proven-columns.ts'

export interface EnforcedOptions {
  /** Data tests `not_null` that fail a build count as well, though nobody keeps a null out between two of them. */
  readonly trustTests: boolean
}

/** Columns that constraints of the database keep from being null: those of landed tables, and of models that are tables. */
export function enforcedNotNull(graph: Graph, { trustTests }: EnforcedOptions): NotNullColumns {
  const found = new Map<NodeId, Set<string>>()
  const add = (id: NodeId, names: Iterable<string>) => {
    const known = found.get(id) ?? new Set<string>()
    found.set(id, known)
    for (const name of names) known.add(name)
  }
  for (const node of graph.nodes) {
    if (node.kind === 'model') {
      const isTable = node.config.materialized === 'table' || node.config.materialized === 'incremental'
      const constraints = isTable ? (node.contract?.constraints ?? []) : []
      for (const { type, columns } of constraints)
        if (type === 'not_null' || type === 'primary_key') add(node.id, columns)
    }
    if (node.kind === 'job') {
      const landed = bronzeColumns(node.job).filter(({ notNull }) => notNull)
      for (const child of graph.nodes)
        if (child.kind === 'source' && child.parents.includes(node.id))
          add(
            child.id,
            landed.map(({ name }) => name),
          )
    }
    if (!trustTests || node.kind !== 'data_test') continue
    const { test, testName, attachedTo, column, config } = node
    const isWhole = config.severity === 'error' && (config['where'] ?? null) === null
    if (test === 'generic' && testName === 'not_null' && attachedTo !== null && column !== null && isWhole)
      add(attachedTo, [column])
  }
  return found
}
