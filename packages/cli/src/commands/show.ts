import { ConfigurationError, type Database, type Node, type Queryable, quoteRelation } from '@strata/core'
import { askOn, readFailingRows, relationsThere } from '@strata/runner'
import { connectDatabase } from '../database-connection.ts'
import { upgradeUsedState } from '../execute-plan.ts'
import { type CommonOptions, exitCodes, type Invocation } from '../invocation.ts'
import { numbersAmong, renderRows } from '../reporters/render-rows.ts'
import { selectNodes } from '../select-nodes.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'

interface ShowOptions extends CommonOptions {
  readonly select?: string
  readonly inline?: string
  readonly limit: number
  readonly failures?: boolean
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
    options.inline === undefined ? { keepsWarnings: true } : { inline: options.inline },
  )
  if (workspace === null) return exitCodes.failed
  const node = options.inline === undefined ? await nodeToShow(invocation, workspace, options, word) : null
  const connection = await connectDatabase(workspace)
  try {
    if (options.failures === true && node !== null)
      return await showKeptRows(invocation, workspace, connection.database, node, options)
    const { rows, fields } = await looking(connection.database, invocation.signal, async (session) => {
      const sql = await selectOf(workspace, node, options, session)
      const text = `select * from (\n${sql.trim().replace(/;\s*$/, '')}\n) as shown limit ${options.limit}`
      return session.query<Record<string, unknown>>(text)
    })
    if (options.json) for (const row of rows) invocation.terminal.out(JSON.stringify(row))
    else
      invocation.terminal.out(
        renderRows(
          fields.map((field) => field.name),
          rows,
          invocation.terminal.columns,
          numbersAmong(fields),
        ),
      )
    return exitCodes.success
  } finally {
    await connection.close()
  }
}

/** What only the owner of the state may read of a test's failing rows. */
async function showKeptRows(
  { terminal }: Invocation,
  { target }: Workspace,
  database: Database,
  node: Node,
  options: ShowOptions,
): Promise<number> {
  await upgradeUsedState(database)
  const kept = (await relationsThere(database, [{ schema: 'strata', name: 'failing_rows' }]))[0]
    ? await readFailingRows(database, target, node.id, options.limit)
    : null
  if (kept === null) {
    terminal.out(`No failing rows of ${node.name} are kept.`)
    return exitCodes.success
  }
  if (kept.passedAt !== null)
    terminal.err(`${node.name} passed when it ran last, at ${kept.passedAt}. These rows are of ${kept.at}.`)
  if (options.json) for (const row of kept.rows) terminal.out(JSON.stringify(row))
  else terminal.out(renderRows(Object.keys(kept.rows[0]!), kept.rows, terminal.columns))
  return exitCodes.success
}

/** Does its work in a transaction that is rolled back: looking at a model changes nothing, whatever its template asks. */
async function looking<T>(
  database: Database,
  signal: AbortSignal,
  work: (session: Queryable) => Promise<T>,
): Promise<T> {
  return database.session(
    async (session) => {
      await session.query('begin')
      try {
        return await work(session)
      } finally {
        await session.query('rollback')
      }
    },
    { signal },
  )
}

/** The finished SQL; what asks the database is answered first. */
async function selectOf(
  { compilation }: Workspace,
  node: Node | null,
  options: ShowOptions,
  database: Queryable,
): Promise<string> {
  if (node === null) return compilation.inline ?? compilation.late.text(options.inline ?? '', askOn(database))
  if (node.kind === 'model' || node.kind === 'data_test' || node.kind === 'analysis') {
    return node.late
      ? (await compilation.late.select(node.id, false, askOn(database))).full
      : node.select.full
  }
  if ('relation' in node) return `select * from ${quoteRelation(node.relation)}`
  throw new Error(`${node.id} has no rows`)
}

async function nodeToShow(
  invocation: Invocation,
  workspace: Workspace,
  options: ShowOptions,
  word: string | undefined,
): Promise<Node> {
  const name = word ?? options.select
  if (name === undefined) {
    throw new ConfigurationError({
      code: 'NOTHING_TO_SHOW',
      message: 'show needs the name of a model',
      hint: 'Write models show patients, or models show --inline "select 1".',
    })
  }
  const selected = await selectNodes(invocation, workspace, {
    ...options,
    select: [name],
    indirectSelection: 'empty',
  })
  const models = selected.filter((node) => node.kind === 'model')
  const [model] = models
  if (models.length === 1 && model !== undefined) return model
  const others = selected.filter(
    (node) => node.kind !== 'job' && node.kind !== 'exposure' && node.kind !== 'unit_test',
  )
  const [other] = others
  if (models.length === 0 && others.length === 1 && other !== undefined) return other
  throw new ConfigurationError({
    code: 'NOT_ONE_MODEL',
    message: `"${name}" selects ${models.length} models; show takes one`,
    hint: '`models list --resource-type model` shows their names.',
  })
}
