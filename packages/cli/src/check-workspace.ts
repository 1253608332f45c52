import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { type CheckedGraph, type CheckOptions, checkGraph, type TypedColumn } from '@strata/compiler/check'
import { type Database, type NodeId, type SeedNode, StrataError } from '@strata/core'
import { connect } from '@strata/postgres'
import { readColumns } from '@strata/runner'
import type { Invocation } from './invocation.ts'
import { readKeptFile, writeKeptFile } from './kept-file.ts'
import { openLineage } from './open-lineage.ts'
import { createScratchDatabase } from './scratch-database.ts'
import type { Workspace } from './workspace.ts'

export interface CheckSettings {
  /** What is checked, with all that it stands on typed; everything by default. */
  readonly nodes?: ReadonlySet<NodeId>
  /** On the target's own server, in schemas that are dropped afterwards. */
  readonly onServer?: boolean
  /** Asks again of what was right the last time. */
  readonly fresh?: boolean
}

/** Types the project on a scratch database, and keeps what it learned under target/cache. */
export async function checkWorkspace(
  { signal }: Pick<Invocation, 'signal'>,
  workspace: Workspace,
  settings: CheckSettings = {},
): Promise<CheckedGraph> {
  const { directory, databaseUrl } = workspace
  if (settings.onServer === true)
    return (await import('./check-on-server.ts')).checkOnServer({ signal }, workspace, settings)
  const closing: (() => Promise<void>)[] = []
  const scratch = async () => {
    const made = await createScratchDatabase(directory)
    closing.push(made.close)
    return made
  }
  const opened: ReturnType<typeof scratch>[] = []
  const open = () => {
    if (opened.length === 0) opened.push(scratch())
    return opened[0]!
  }
  let lineage: Awaited<ReturnType<typeof openLineage>> | null = null
  try {
    const checked = await checkGraph({
      ...checkInputs(workspace, settings),
      signal,
      kept: settings.fresh === true ? null : readKeptFile(workspace, 'check'),
      async openScratch() {
        const [{ database }, opened] = await Promise.all([open(), openLineage(workspace)])
        lineage = opened
        return { database, ownPrefix: null }
      },
      // The server is at work meanwhile.
      onParsed: (node, parsed) => lineage?.lineage.learn(node, parsed),
      async openTarget() {
        if (databaseUrl === null) return (await open()).beside
        const database = await connectTarget(databaseUrl).catch(answersNothing)
        if (database !== null) closing.push(() => database.close())
        return database
      },
    })
    const text = checked.keep()
    if (text !== null) writeKeptFile(workspace, 'check', text)
    keepLineage(workspace, settings, lineage)
    return checked
  } finally {
    // What is still being made has to be dropped too.
    await Promise.allSettled(opened)
    for (const close of closing.reverse()) await close()
  }
}

/** Those who read columns that are others now have been parsed with them, so what is left is what nobody has looked at. */
function keepLineage(
  { compilation }: Workspace,
  { nodes }: CheckSettings,
  opened: Awaited<ReturnType<typeof openLineage>> | null,
): void {
  if (opened === null) return
  for (const { id, kind } of compilation.graph.nodes)
    if (kind !== 'data_test' && !opened.lineage.isKept(id) && (nodes === undefined || nodes.has(id)))
      opened.lineage.of(id)
  opened.keep()
}

/** What the workspace knows. */
export function checkInputs(
  { directory, compilation, sources, metadata, target }: Workspace,
  { nodes }: CheckSettings,
): Omit<CheckOptions, 'kept' | 'openScratch' | 'openTarget'> {
  return {
    graph: compilation.graph,
    sources,
    database: target.database,
    nodes: nodes ?? null,
    late: compilation.late,
    settings: JSON.stringify([metadata.strataVersion, target]),
    seedColumns: (seed) => seedColumns(directory, seed),
    locate: (node, form, offset) => compilation.places.locate(node, form, offset),
  }
}

function connectTarget(url: string): Promise<Database> {
  return connect({ url, applicationName: 'strata check', maxConnections: 1 })
}

/** What is checked needs no target: it answers questions that are left open otherwise. */
function answersNothing(error: unknown): null {
  if (error instanceof StrataError) return null
  throw error
}

async function seedColumns(
  directory: string,
  { file, config }: SeedNode,
): Promise<readonly TypedColumn[] | null> {
  try {
    const bytes = createReadStream(join(directory, file))
    const reading = await readColumns({ file, delimiter: config.delimiter, bytes }, config)
    while ((await reading.readOn()) !== null);
    return reading.found().columns.map(({ name, type }) => ({ name, type }))
  } catch (error) {
    // The step says what is wrong with the file.
    if (error instanceof StrataError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
