import { type Selection, selectWithWarnings } from '@strata/compiler'
import type { Node } from '@strata/core'
import type { Invocation, SelectionOptions } from './invocation.ts'
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
  const { nodes, warnings } = selectWithWarnings(compilation.graph, {
    select: options.select ?? [],
    exclude: options.exclude ?? [],
    bareMethod,
    selector: options.selector,
    selectors: compilation.selectors,
    indirectSelection: options.indirectSelection,
    resourceTypes: options.resourceType,
    excludeResourceTypes: options.excludeResourceType,
    previous: await readPreviousState(workspace, options),
  })
  if (options.quiet !== true)
    for (const { message, hint } of warnings)
      invocation.terminal.err(`Note: ${message}. ${hint ?? ''}`.trimEnd())
  tellWarnings(invocation, workspace, nodes, options)
  workspace.selected.splice(0, Number.POSITIVE_INFINITY, ...nodes.map((node) => node.id))
  return nodes
}
