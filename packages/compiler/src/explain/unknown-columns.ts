import type { Column, Diagnostic, Graph, ModelNode, NodeId, SeedNode, SnapshotNode } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import { propertiesPlaces } from '../project/properties-places.ts'
import type { ProjectSources } from '../read/project-sources.ts'

type Described = ModelNode | SeedNode | SnapshotNode

/**
 * Warnings of columns that properties of the project name and relations do not have. `found`: the columns of relations that are
 * there, by node. What stands under a contract has been compared with it, and packages are not the user's to mend.
 */
export function unknownColumns(
  graph: Graph,
  sources: ProjectSources,
  found: ReadonlyMap<NodeId, readonly string[]>,
): readonly Diagnostic[] {
  const places = propertiesPlaces(sources.properties)
  return graph.nodes.flatMap((node): Diagnostic[] => {
    const there = found.get(node.id)
    if (there === undefined || !isDescribed(node) || node.packageName !== graph.projectName) return []
    if ('contract' in node && node.contract?.columns) return []
    const known = new Set(there.map((name) => name.toLowerCase()))
    return node.columns
      .filter(({ name }) => !known.has(bareName(name).toLowerCase()))
      .map(({ name }) => ({
        code: 'UNKNOWN_COLUMN',
        severity: 'warning',
        message: `"${node.name}" has no column "${name}", which its properties describe`,
        hint: didYouMean(name, there) ?? `Its columns are ${there.join(', ')}.`,
        location: places.ofColumn(node, name) ?? node.location,
      }))
  })
}

/** Whether a run could find something to say of it. */
export function isDescribed(node: Graph['nodes'][number]): node is Described {
  return (
    (node.kind === 'model' || node.kind === 'seed' || node.kind === 'snapshot') &&
    (node.columns as readonly Column[]).length > 0
  )
}

function bareName(name: string): string {
  return /^".*"$/s.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name
}
