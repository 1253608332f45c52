import {
  type CatalogRelation,
  catalogNodes,
  displayRelation,
  listed,
  type Node,
  toCatalog,
} from '@strata/core'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { plural } from '../reporters/format.ts'
import { selectNodes } from '../select-nodes.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'
import { prepareTargetFolder, writeCatalog, writeCompiled, writeManifest } from '../write-artifacts.ts'

interface DocsOptions extends SelectionOptions {
  /** Nothing is asked of the database. */
  readonly emptyCatalog?: boolean
}

/** `models docs generate`: the manifest, the finished SQL, and a catalog of what of the selection is in the database. */
export async function docsGenerateCommand(invocation: Invocation, options: DocsOptions): Promise<number> {
  const { terminal } = invocation
  const workspace = await openWorkspace(invocation, options, {
    command: 'docs generate',
    keepsWarnings: true,
  })
  if (workspace === null) return exitCodes.failed
  const { compilation, directory, metadata } = workspace
  const selected = await selectNodes(invocation, workspace, options)
  prepareTargetFolder(directory)
  const wanted = options.emptyCatalog === true ? [] : catalogNodes(selected)
  const there = wanted.length === 0 ? [] : await readRelations(workspace, wanted)
  writeCompiled(directory, { ...compilation.graph, nodes: selected.filter(isFinished) })
  writeManifest(directory, compilation.manifest(metadata))
  writeCatalog(directory, toCatalog(wanted, there, metadata))

  const found = new Set(there.map(displayRelation))
  const absent = wanted.filter(({ relation }) => !found.has(displayRelation(relation)))
  if (options.json)
    terminal.out(
      JSON.stringify({
        kind: 'documented',
        relations: wanted.length - absent.length,
        absent: absent.map(({ id }) => id),
      }),
    )
  else if (!options.quiet) {
    terminal.out(
      `Wrote target/manifest.json and target/catalog.json, with ${plural(wanted.length - absent.length, 'relation')} of the database.`,
    )
    if (absent.length > 0)
      terminal.err(
        `Not there yet: ${listed(
          absent.map(({ name }) => name),
          10,
        )}.`,
      )
  }
  return exitCodes.success
}

function isFinished(node: Node): boolean {
  return 'late' in node && !node.late
}

async function readRelations(
  workspace: Workspace,
  wanted: ReturnType<typeof catalogNodes>,
): Promise<readonly CatalogRelation[]> {
  const [{ readCatalog }, { connectDatabase }] = await Promise.all([
    import('@strata/postgres'),
    import('../database-connection.ts'),
  ])
  const connection = await connectDatabase(workspace)
  try {
    // Several sources may declare one table.
    const relations = new Map(wanted.map(({ relation }) => [JSON.stringify(relation), relation]))
    return await readCatalog(connection.database, [...relations.values()])
  } finally {
    await connection.close()
  }
}
