import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { printRowTypes, type RowTypesFor, rowTypes } from '@strata/compiler/types'
import { ConfigurationError, type Database, type Node, StrataError } from '@strata/core'
import { connect } from '@strata/postgres'
import { checkWorkspace } from '../check-workspace.ts'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { createScratchDatabase } from '../scratch-database.ts'
import { selectNodes } from '../select-nodes.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'

interface TypesOptions extends SelectionOptions {
  readonly for: RowTypesFor
  readonly output?: string
  readonly trustTests?: boolean
}

/** `models types`: TypeScript types of rows. */
export async function typesCommand(invocation: Invocation, options: TypesOptions): Promise<number> {
  const { terminal, workingDirectory } = invocation
  const workspace = await openWorkspace(invocation, options, { command: 'types' })
  if (workspace === null) return exitCodes.failed
  const selected = await selectNodes(invocation, workspace, options)
  // Sources are somebody else's: they are there for who asks for them.
  const isAsked = options.select !== undefined || options.selector !== undefined
  const nodes = selected.filter(({ kind }) => kind !== 'source' || isAsked)
  const { rows, named, unknown } = await typesOf(invocation, workspace, nodes, options)
  const text = printRowTypes(rows, named, options.for)
  if (options.json) terminal.out(JSON.stringify({ kind: 'types', relations: rows, text }))
  else if (options.output === undefined) terminal.out(text.trimEnd())
  if (options.output !== undefined) {
    const isNew = write(resolve(workingDirectory, options.output), text)
    const what = `the types of ${rows.length} relation${rows.length === 1 ? '' : 's'}`
    if (options.quiet !== true && !options.json)
      terminal.err(isNew ? `Wrote ${what} to ${options.output}.` : `${options.output} says ${what} already.`)
  }
  if (unknown.length === 0) return exitCodes.success
  terminal.err(
    `Left out, for their columns are not known: ${unknown.map(({ name }) => name).join(', ')}. \`models check\` says why.`,
  )
  return exitCodes.failed
}

async function typesOf(
  { signal }: Invocation,
  workspace: Workspace,
  nodes: readonly Node[],
  { trustTests = false }: TypesOptions,
) {
  const { shapes } = await checkWorkspace({ signal }, workspace)
  const { directory, databaseUrl, compilation } = workspace
  const made = await createScratchDatabase(directory)
  const target = databaseUrl === null ? null : await connectBriefly(databaseUrl)
  try {
    return await made.database.session(
      async (scratch) => {
        await scratch.query('set client_min_messages = error')
        const { graph } = compilation
        return rowTypes({ graph, nodes, shapes, scratch, target: target ?? made.beside, trustTests })
      },
      { signal },
    )
  } finally {
    await target?.close()
    await made.close()
  }
}

/** Null for a target that does not answer: then types of its own are not known. */
async function connectBriefly(url: string): Promise<Database | null> {
  const settings = { url, applicationName: 'strata types', maxConnections: 1, connectTimeoutSeconds: 3 }
  try {
    return await connect(settings)
  } catch (error) {
    if (error instanceof StrataError) return null
    throw error
  }
}

/** Returns false where the file says it already: what watches it need not stir. */
function write(path: string, text: string): boolean {
  try {
    if (readFileSync(path, 'utf8') === text) return false
  } catch {
    // It is not there yet.
  }
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return true
  } catch (cause) {
    throw new ConfigurationError({
      code: 'CANNOT_WRITE',
      message: `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: 'Give --output a path that you may write to.',
      cause,
    })
  }
}
