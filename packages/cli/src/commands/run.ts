import { buildPlan } from '@strata/compiler'
import { ConfigurationError, type Node, type Plan, type RunResult } from '@strata/core'
import { connectDatabase, type DatabaseConnection } from '../database-connection.ts'
import { executePlan, migrateState } from '../execute-plan.ts'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { refuseUnknownSimulations } from '../job-sources.ts'
import { readPlanState } from '../plan-state.ts'
import { selectNodes } from '../select-nodes.ts'
import type { Suggest } from '../suggest.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'

export interface RunOptions extends SelectionOptions {
  readonly fullRefresh?: boolean
  readonly failFast?: boolean
  /** true: `--extract`; false: `--no-extract`; undefined: what the target says. */
  readonly extract?: boolean
  readonly simulate?: readonly string[]
}

/** `models run`: lands the jobs that the selection reaches, then builds its models. */
export async function runCommand(invocation: Invocation, options: RunOptions): Promise<number> {
  refuseUnknownSimulations(options.simulate ?? [])
  const workspace = await openWorkspace(invocation, options, {
    command: 'run',
    fullRefresh: options.fullRefresh ?? false,
  })
  if (workspace === null) return exitCodes.failed
  const nodes = nodesToRun(invocation, workspace, options)
  const connection = await connectDatabase(workspace)
  try {
    const plan = await planOnCurrentState(workspace, connection, nodes, options.fullRefresh ?? false)
    return await executePlan(invocation, workspace, connection, plan, {
      fullRefresh: options.fullRefresh ?? false,
      failFast: options.failFast ?? false,
      ignoreRefreshAfter: options.extract === true,
      simulate: options.simulate ?? [],
      instances: null,
      next: nextCommands,
    })
  } finally {
    await connection.close()
  }
}

/** The selected models, and the jobs that land before them. */
export function nodesToRun(
  invocation: Invocation,
  workspace: Workspace,
  options: RunOptions,
): readonly Node[] {
  const { graph } = workspace.compilation
  const selected = selectNodes(invocation, workspace, options)
  const extract = options.extract ?? workspace.target.extract
  const ids = new Set(selected.filter((node) => node.kind !== 'job' || extract).map((node) => node.id))
  if (options.extract === true) for (const node of graph.nodes) if (node.kind === 'job') ids.add(node.id)
  return graph.nodes.filter((node) => ids.has(node.id))
}

/** The plan of a run, with what the state in the database says of each step. */
export async function planRun(
  workspace: Workspace,
  connection: DatabaseConnection,
  nodes: readonly Node[],
  command: string,
  fullRefresh: boolean,
): Promise<Plan> {
  const plan = buildPlan(workspace.compilation.graph, nodes, {
    command,
    target: workspace.target,
    kinds: ['job', 'model'],
    fullRefresh,
  })
  return readPlanState(connection.database, plan)
}

/** A state that an older Strata wrote is upgraded first; otherwise nothing is written before the run has begun. */
async function planOnCurrentState(
  workspace: Workspace,
  connection: DatabaseConnection,
  nodes: readonly Node[],
  fullRefresh: boolean,
): Promise<Plan> {
  try {
    return await planRun(workspace, connection, nodes, 'run', fullRefresh)
  } catch (error) {
    if (!(error instanceof ConfigurationError) || error.code !== 'STATE_OUTDATED') throw error
    await migrateState(connection.database)
    return planRun(workspace, connection, nodes, 'run', fullRefresh)
  }
}

function nextCommands(result: RunResult, connection: DatabaseConnection, suggest: Suggest) {
  const built = result.results.filter((step) => step.kind === 'model' && step.status === 'success')
  const last = built.at(-1)
  const next =
    result.status === 'failed' ? [suggest('debug', 'check the project, the database and the sources')] : []
  if (last === undefined) return next
  const name = last.name.slice(last.name.indexOf('.') + 1)
  next.push(
    suggest(`show ${name}`, 'first rows'),
    suggest(`test --select ${name} --indirect-selection buildable`, 'its tests'),
  )
  if (connection.embedded !== null) next.push({ command: suggest.psql, purpose: 'SQL shell' })
  return next
}
