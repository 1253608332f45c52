import type { Compilation } from '@strata/compiler'
import { askOn } from '@strata/runner'
import { connectDatabase } from '../database-connection.ts'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { plural } from '../reporters/format.ts'
import { selectNodes } from '../select-nodes.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'
import { prepareTargetFolder, writeCompiled, writeManifest } from '../write-artifacts.ts'

/**
 * `models compile`: the finished SQL of the selection under target/compiled, and the manifest. One model: its SQL is printed,
 * for which a template that asks the database gets its answers; among many it is left to its step.
 */
export async function compileCommand(
  invocation: Invocation,
  options: SelectionOptions & { readonly inline?: string },
): Promise<number> {
  const startedAt = invocation.clock().getTime()
  const workspace = await openWorkspace(
    invocation,
    options,
    options.inline === undefined ? {} : { inline: options.inline },
  )
  if (workspace === null) return exitCodes.failed
  const { compilation, directory, metadata } = workspace
  const { terminal } = invocation
  if (compilation.inline !== null) {
    terminal.out(compilation.inline.trim())
    return exitCodes.success
  }
  const { inline } = options
  if (inline !== undefined) {
    terminal.out(await answered(workspace, (late, ask) => late.text(inline, ask)))
    return exitCodes.success
  }
  const selected = selectNodes(invocation, workspace, options)
  const chosen = selected.filter((node) => node.kind === 'model' || node.kind === 'data_test')
  prepareTargetFolder(directory)
  const finished = chosen.filter((node) => !node.late)
  const files = writeCompiled(directory, { ...compilation.graph, nodes: finished })
  writeManifest(directory, compilation.graph, metadata)

  const models = chosen.filter((node) => node.kind === 'model')
  const only =
    options.select !== undefined && models.length <= 1
      ? (models[0] ?? (chosen.length === 1 ? chosen[0] : undefined))
      : undefined
  if (options.json)
    terminal.out(JSON.stringify({ kind: 'compiled', files, nodes: chosen.map((node) => node.id) }))
  else if (only?.late === true)
    terminal.out(
      await answered(workspace, async (late, ask) => (await late.select(only.id, false, ask)).full),
    )
  else if (only !== undefined) terminal.out(only.select.full.trim())
  else if (!options.quiet) {
    const late = chosen.filter((node) => node.late).map((node) => node.name)
    if (late.length > 0)
      terminal.err(
        `Note: ${late.join(', ')} ${late.length === 1 ? 'asks' : 'ask'} the database, and will be compiled by the run.`,
      )
    const compiledModels = finished.filter((node) => node.kind === 'model').length
    const took = invocation.clock().getTime() - startedAt
    terminal.out(
      `Compiled ${plural(compiledModels, 'model')} and ${plural(finished.length - compiledModels, 'test')} to target/compiled in ${took} ms.`,
    )
  }
  return exitCodes.success
}

type Render = (late: Compilation['late'], ask: ReturnType<typeof askOn>) => Promise<string>

async function answered(workspace: Workspace, render: Render): Promise<string> {
  const connection = await connectDatabase(workspace)
  try {
    const text = await connection.database.session((session) =>
      render(workspace.compilation.late, askOn(session)),
    )
    return text.trim()
  } finally {
    await connection.close()
  }
}
