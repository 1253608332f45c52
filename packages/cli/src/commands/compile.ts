import type { Compilation } from '@strata/compiler'
import { listed, type Node } from '@strata/core'
import type { askOn } from '@strata/runner'
import { deferReferences, sameNodes } from '../defer.ts'
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
  const opened = await openWorkspace(
    invocation,
    options,
    options.inline === undefined ? {} : { inline: options.inline },
  )
  if (opened === null) return exitCodes.failed
  const { directory, metadata } = opened
  const { terminal } = invocation
  if (opened.compilation.inline !== null) {
    terminal.out(opened.compilation.inline.trim())
    return exitCodes.success
  }
  const { inline } = options
  if (inline !== undefined) {
    terminal.out(await answered(opened, (late, ask) => late.text(inline, ask)))
    return exitCodes.success
  }
  const selected = await selectNodes(invocation, opened, options)
  const workspace = await deferReferences(opened, selected, options)
  const { compilation } = workspace
  const chosen = sameNodes(compilation.graph, selected).filter(
    (node) => node.kind === 'model' || node.kind === 'data_test' || node.kind === 'analysis',
  )
  prepareTargetFolder(directory)
  const finished = chosen.filter((node) => !node.late)
  const files = writeCompiled(directory, { ...compilation.graph, nodes: finished })
  writeManifest(directory, compilation.manifest(metadata))

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
    const count = (kind: Node['kind']) => finished.filter((node) => node.kind === kind).length
    const analyses = count('analysis')
    const others = analyses === 0 ? [] : [analyses === 1 ? '1 analysis' : `${analyses} analyses`]
    const parts = [plural(count('model'), 'model'), ...others, plural(count('data_test'), 'test')]
    const took = invocation.clock().getTime() - startedAt
    terminal.out(`Compiled ${listed(parts)} to target/compiled in ${took} ms.`)
  }
  return exitCodes.success
}

type Render = (late: Compilation['late'], ask: ReturnType<typeof askOn>) => Promise<string>

async function answered(workspace: Workspace, render: Render): Promise<string> {
  // Most compile without a server, and what it takes to reach one takes its time to load.
  const [{ askOn }, { connectDatabase }] = await Promise.all([
    import('@strata/runner'),
    import('../database-connection.ts'),
  ])
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
