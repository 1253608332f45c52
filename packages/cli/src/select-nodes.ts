import { type Selection, selectWithWarnings } from '@strata/compiler'
import { ConfigurationError, type Node } from '@strata/core'
import type { Invocation, SelectionOptions } from './invocation.ts'
import { meantJob } from './job-names.ts'
import { readPreviousState } from './previous-state.ts'
import { tellWarnings } from './tell-warnings.ts'
import type { Workspace } from './workspace.ts'

/** The nodes that the options of a command select, in graph order. Tells what was probably not meant. Throws `ConfigurationError`. */
export async function selectNodes(
  invocation: Invocation,
  workspace: Workspace,
  options: SelectionOptions,
  bareMethod?: Selection['bareMethod'],
): Promise<readonly Node[]> {
  const { compilation } = workspace
  const previous = await readPreviousState(workspace, options)
  const { nodes, warnings } = selected(compilation.graph.nodes, options.select ?? [], () =>
    selectWithWarnings(compilation.graph, {
      select: options.select ?? [],
      exclude: options.exclude ?? [],
      bareMethod,
      selector: options.selector,
      selectors: compilation.selectors,
      indirectSelection: options.indirectSelection,
      resourceTypes: options.resourceType,
      excludeResourceTypes: options.excludeResourceType,
      previous,
    }),
  )
  if (options.quiet !== true)
    for (const { message, hint } of warnings)
      invocation.terminal.err(`Note: ${message}. ${hint ?? ''}`.trimEnd())
  tellWarnings(invocation, workspace, nodes, options)
  workspace.selected.splice(0, Number.POSITIVE_INFINITY, ...nodes.map((node) => node.id))
  return nodes
}

/** A selector that matches nothing may be what a job is called in `dw_etl_jobs`. */
function selected<T>(nodes: readonly Node[], selectors: readonly string[], select: () => T): T {
  try {
    return select()
  } catch (error) {
    if (!(error instanceof ConfigurationError) || error.code !== 'NOTHING_SELECTED') throw error
    const jobs = nodes.flatMap((node) => (node.kind === 'job' ? [node] : []))
    const names = selectors.flatMap((text) => text.match(/[A-Za-z_][\w -]*[\w]/g) ?? [])
    const hint = names
      .filter((name) => error.message.includes(name))
      .map((name) => meantJob(name, jobs))
      .find((text) => text !== null)
    if (hint === undefined) throw error
    const { code, message } = error
    throw new ConfigurationError({ code, message, hint, cause: error })
  }
}
