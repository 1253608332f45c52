import { isDescribed, unknownColumns } from '@strata/compiler'
import { type Database, type RelationName, type RunResult, StrataError } from '@strata/core'
import { columnTypesThere } from '@strata/runner'
import type { Workspace } from './workspace.ts'

/** More of them are one mistake, or nobody's. */
const mostTold = 10

/** Warns, once a run, of columns that properties describe and the relations that went well do not have. */
export async function tellUnknownColumns(
  { compilation, sources, reporter }: Workspace,
  database: Database,
  { results }: RunResult,
): Promise<void> {
  const wentWell = new Set(results.flatMap(({ id, status }) => (status === 'success' ? [id] : [])))
  const relations = new Map<string, RelationName>()
  for (const node of compilation.graph.nodes)
    if (wentWell.has(node.id) && isDescribed(node)) relations.set(node.id, node.relation)
  try {
    const found = await columnTypesThere(database, relations)
    const names = new Map([...found].map(([id, columns]) => [id, columns.map(({ name }) => name)]))
    const warnings = unknownColumns(compilation.graph, sources, names)
    if (warnings.length > 0) reporter.diagnostics(warnings.slice(0, mostTold))
  } catch (error) {
    // The run is over and its results count; a server that has gone away meanwhile is told of by the next one.
    if (!(error instanceof StrataError)) throw error
  }
}
