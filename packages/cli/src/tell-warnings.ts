import type { Diagnostic, Graph, Node, NodeKind } from '@strata/core'
import type { CommonOptions, Invocation } from './invocation.ts'
import { plural } from './reporters/format.ts'
import type { Workspace } from './workspace.ts'

/** What is said of a file with other things in it, sources for instance, may concern any selection. */
const selectable: readonly NodeKind[] = ['model', 'seed', 'snapshot', 'data_test', 'unit_test', 'analysis']

/** Tells the warnings that openWorkspace kept back: those of the selected nodes in full, the others as a number. */
export function tellWarnings(
  { terminal, commandName }: Invocation,
  { untold, reporter, compilation }: Workspace,
  selected: readonly Node[],
  options: CommonOptions,
): void {
  const { shown, elsewhere } = warningsOf(untold.splice(0), compilation.graph, selected)
  if (shown.length > 0) reporter.diagnostics(shown)
  if (elsewhere > 0 && options.quiet !== true)
    terminal.err(
      `${plural(elsewhere, 'warning')} elsewhere in the project: ${commandName} compile shows ${elsewhere === 1 ? 'it' : 'them'}.`,
    )
}

/** A warning is elsewhere where its file is about nodes that are not selected, and about nothing else. */
export function warningsOf(
  warnings: readonly Diagnostic[],
  graph: Pick<Graph, 'nodes'>,
  selected: readonly Node[],
): { readonly shown: readonly Diagnostic[]; readonly elsewhere: number } {
  if (warnings.length === 0) return { shown: [], elsewhere: 0 }
  const ids = new Set(selected.map((node) => node.id))
  const concerned = new Map<string, boolean>()
  for (const node of graph.nodes)
    for (const file of new Set([node.location.file, node.patchPath ?? node.location.file])) {
      const isConcerned = ids.has(node.id) || !selectable.includes(node.kind)
      concerned.set(file, (concerned.get(file) ?? false) || isConcerned)
    }
  const shown = warnings.filter(({ location }) => concerned.get(location.file) !== false)
  return { shown, elsewhere: warnings.length - shown.length }
}
