import { selectNodes } from '@strata/compiler'
import { ConfigurationError, quoteRelation } from '@strata/core'
import { connectDatabase } from '../database-connection.ts'
import { type CommonOptions, exitCodes, type Invocation } from '../invocation.ts'
import { renderRows } from '../reporters/render-rows.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'

interface ShowOptions extends CommonOptions {
  readonly select?: string
  readonly inline?: string
  readonly limit: number
}

/** `models show`: the first rows that a model's SQL gives now, or those of `--inline`. */
export async function showCommand(
  invocation: Invocation,
  options: ShowOptions,
  word?: string,
): Promise<number> {
  const workspace = await openWorkspace(
    invocation,
    options,
    options.inline === undefined ? {} : { inline: options.inline },
  )
  if (workspace === null) return exitCodes.failed
  const sql = workspace.compilation.inline ?? selectOf(workspace, word ?? options.select)
  const connection = await connectDatabase(workspace)
  try {
    const text = `select * from (\n${sql.trim().replace(/;\s*$/, '')}\n) as shown limit ${options.limit}`
    const { rows, fields } = await connection.database.query<Record<string, unknown>>(text)
    if (options.json) for (const row of rows) invocation.terminal.out(JSON.stringify(row))
    else
      invocation.terminal.out(
        renderRows(
          fields.map((field) => field.name),
          rows,
          invocation.terminal.columns,
        ),
      )
    return exitCodes.success
  } finally {
    await connection.close()
  }
}

function selectOf(workspace: Workspace, name: string | undefined): string {
  if (name === undefined) {
    throw new ConfigurationError({
      code: 'NOTHING_TO_SHOW',
      message: 'show needs the name of a model',
      hint: 'Write models show patients, or models show --inline "select 1".',
    })
  }
  const selected = selectNodes(workspace.compilation.graph, { select: [name], exclude: [] })
  const models = selected.filter((node) => node.kind === 'model')
  const sources = selected.filter((node) => node.kind === 'source')
  const [model] = models
  if (models.length === 1 && model !== undefined) return model.select.full
  const [source] = sources
  if (models.length === 0 && sources.length === 1 && source !== undefined) {
    return `select * from ${quoteRelation(source.relation)}`
  }
  throw new ConfigurationError({
    code: 'NOT_ONE_MODEL',
    message: `"${name}" selects ${models.length} models; show takes one`,
    hint: '`models list --resource-type model` shows their names.',
  })
}
