import { buildPlan } from '@strata/compiler'
import { type Plan, quoteRelation, type RunResult, type SeedStep } from '@strata/core'
import { connectDatabase, type DatabaseConnection } from '../database-connection.ts'
import { executePlan, landsNothing } from '../execute-plan.ts'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { afterFailures } from '../next-commands.ts'
import { numbersAmong, renderRows } from '../reporters/render-rows.ts'
import { runArguments } from '../run-arguments.ts'
import { selectNodes } from '../select-nodes.ts'
import { openWorkspace } from '../workspace.ts'

export interface SeedOptions extends SelectionOptions {
  /** Load also what is unchanged. */
  readonly fullRefresh?: boolean
  readonly failFast?: boolean
  /** Print the first rows of each seed afterwards. */
  readonly show?: boolean
}

/** `models seed`: loads the CSV files of the selection into tables. */
export async function seedCommand(invocation: Invocation, options: SeedOptions): Promise<number> {
  const fullRefresh = options.fullRefresh ?? false
  const workspace = await openWorkspace(invocation, options, {
    command: 'seed',
    fullRefresh,
    keepsWarnings: true,
  })
  if (workspace === null) return exitCodes.failed
  const nodes = await selectNodes(invocation, workspace, options)
  const plan = buildPlan(workspace.compilation.graph, nodes, {
    command: 'seed',
    target: workspace.target,
    kinds: ['seed'],
    fullRefresh,
    arguments: runArguments(options),
  })
  const connection = await connectDatabase(workspace)
  try {
    let ended: RunResult | null = null
    const code = await executePlan(invocation, workspace, connection, plan, {
      fullRefresh,
      failFast: options.failFast ?? false,
      ...landsNothing,
      next(result, _connection, suggest) {
        ended = result
        return afterFailures(result.results, suggest)
      },
    })
    if (options.show === true && ended !== null) await showRows(invocation, connection, plan, ended, options)
    return code
  } finally {
    await connection.close()
  }
}

const shownRows = 10

async function showRows(
  invocation: Invocation,
  { database }: DatabaseConnection,
  plan: Plan,
  { results }: RunResult,
  options: SeedOptions,
): Promise<void> {
  const loaded = new Set(results.filter(({ status }) => status === 'success').map(({ id }) => id))
  const steps = plan.steps.filter((step): step is SeedStep => step.kind === 'seed' && loaded.has(step.id))
  for (const { name, relation } of steps) {
    const sql = `select * from ${quoteRelation(relation)} limit ${shownRows}`
    const { rows, fields } = await database.query<Record<string, unknown>>(sql)
    if (options.json) for (const row of rows) invocation.terminal.out(JSON.stringify(row))
    else {
      const columns = fields.map((field) => field.name)
      const table = renderRows(columns, rows, invocation.terminal.columns, numbersAmong(fields))
      invocation.terminal.out(`\n${name}\n${table}`)
    }
  }
}
