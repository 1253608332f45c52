import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type JsonObject, type PreviousState, type Selection, selectWithWarnings } from '@strata/compiler'
import { ConfigurationError, type Node } from '@strata/core'
import type { Invocation, SelectionOptions } from './invocation.ts'
import type { Workspace } from './workspace.ts'

/** The nodes that the options of a command select, in graph order. Tells what was probably not meant. Throws `ConfigurationError`. */
export function selectNodes(
  invocation: Invocation,
  workspace: Workspace,
  options: SelectionOptions,
  bareMethod?: Selection['bareMethod'],
): readonly Node[] {
  const { compilation, directory } = workspace
  const { nodes, warnings } = selectWithWarnings(compilation.graph, {
    select: options.select ?? [],
    exclude: options.exclude ?? [],
    bareMethod,
    selector: options.selector,
    selectors: compilation.selectors,
    indirectSelection: options.indirectSelection,
    resourceTypes: options.resourceType,
    excludeResourceTypes: options.excludeResourceType,
    previous: options.state === undefined ? undefined : readPreviousState(directory, options.state),
  })
  if (options.quiet !== true)
    for (const { message, hint } of warnings)
      invocation.terminal.err(`Note: ${message}. ${hint ?? ''}`.trimEnd())
  workspace.selected.splice(0, Number.POSITIVE_INFINITY, ...nodes.map((node) => node.id))
  return nodes
}

function readPreviousState(directory: string, state: string): PreviousState {
  const folder = resolve(directory, state)
  return {
    manifest: readArtifact(join(folder, 'manifest.json')),
    runResults: readArtifact(join(folder, 'run_results.json')),
    sources: readArtifact(join(folder, 'sources.json')),
    currentSources: readArtifact(join(directory, 'target', 'sources.json')),
  }
}

function readArtifact(path: string): JsonObject | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return null
  }
  try {
    return JSON.parse(text) as JsonObject
  } catch (cause) {
    throw new ConfigurationError({
      code: 'BAD_ARTIFACT',
      message: `${path} is no JSON: ${(cause as Error).message}`,
      hint: 'Let --state name a folder with the artifacts of a finished run.',
      cause,
    })
  }
}
