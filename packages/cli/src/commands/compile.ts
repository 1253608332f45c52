import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { plural } from '../reporters/format.ts'
import { selectNodes } from '../select-nodes.ts'
import { openWorkspace } from '../workspace.ts'
import { prepareTargetFolder, writeCompiled, writeManifest } from '../write-artifacts.ts'

/** `models compile`: the finished SQL of the selection under target/compiled, and the manifest. One model: its SQL is printed. */
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
  const selected = selectNodes(invocation, workspace, options)
  const chosen = selected.filter((node) => node.kind === 'model' || node.kind === 'data_test')
  prepareTargetFolder(directory)
  const files = writeCompiled(directory, { ...compilation.graph, nodes: chosen })
  writeManifest(directory, compilation.graph, metadata)

  const models = chosen.filter((node) => node.kind === 'model')
  const only =
    options.select !== undefined && models.length <= 1
      ? (models[0] ?? (chosen.length === 1 ? chosen[0] : undefined))
      : undefined
  if (options.json)
    terminal.out(JSON.stringify({ kind: 'compiled', files, nodes: chosen.map((node) => node.id) }))
  else if (only !== undefined) terminal.out(only.select.full.trim())
  else if (!options.quiet) {
    const took = invocation.clock().getTime() - startedAt
    terminal.out(
      `Compiled ${plural(models.length, 'model')} and ${plural(chosen.length - models.length, 'test')} to target/compiled in ${took} ms.`,
    )
  }
  return exitCodes.success
}
