import { buildPlan } from '@strata/compiler'
import { ConfigurationError, type Node, type Plan } from '@strata/core'
import { connectDatabase, type DatabaseConnection } from '../database-connection.ts'
import { deferReferences, sameNodes } from '../defer.ts'
import { eventSpan } from '../event-span.ts'
import { executePlan, migrateState } from '../execute-plan.ts'
import { exitCodes, type Invocation } from '../invocation.ts'
import { refuseUnknownSimulations } from '../job-sources.ts'
import { nextCommands } from '../next-commands.ts'
import { readPlanState } from '../plan-state.ts'
import { type ExecutionOptions, runArguments } from '../run-arguments.ts'
import { selectNodes } from '../select-nodes.ts'
import { namesSources, withJobsOfSources } from '../selected-jobs.ts'
import { unitTestBodies } from '../unit-test-bodies.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'

export interface RunOptions extends ExecutionOptions {
  /** A file that `models plan --json` wrote: exactly that is done. */
  readonly plan?: string
}

/** `models run`: lands the jobs that the selection reaches, then builds its models. */
export function runCommand(invocation: Invocation, options: RunOptions): Promise<number> {
  return landAndBuild(invocation, options, 'run')
}

/** What `run` and `build` have in common: everything but the kinds of nodes. */
export async function landAndBuild(
  invocation: Invocation,
  options: RunOptions,
  command: 'run' | 'build',
): Promise<number> {
  if (options.plan !== undefined) {
    return (await import('../saved-plan.ts')).runSavedPlan(invocation, options, options.plan)
  }
  refuseUnknownSimulations(options.simulate ?? [])
  eventSpan(options)
  const opened = await openRun(invocation, options, command)
  if (opened === null) return exitCodes.failed
  const { workspace, nodes } = opened
  const connection = await connectDatabase(workspace)
  try {
    const plan = await planOnCurrentState(workspace, connection, nodes, command, options)
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

/** The compiled project and the nodes that a run or a plan of it is about; null: the project has errors, which have been told. */
export async function openRun(
  invocation: Invocation,
  options: RunOptions,
  command: string,
): Promise<{ readonly workspace: Workspace; readonly nodes: readonly Node[] } | null> {
  const opened = await openWorkspace(invocation, options, {
    command,
    fullRefresh: options.fullRefresh ?? false,
    storeFailures: options.storeFailures ?? false,
    keepsWarnings: true,
  })
  if (opened === null) return null
  // A test that reads a relation which is not there, or is an old one, would keep back what is as it should be.
  const indirectSelection = options.indirectSelection ?? (command === 'build' ? 'buildable' : 'eager')
  const selected = await selectNodes(invocation, opened, { ...options, indirectSelection })
  const chosen = withJobs(opened, selected, options)
  const workspace = await deferReferences(opened, chosen, options)
  const nodes = sameNodes(workspace.compilation.graph, chosen)
  if (command === 'build' && unitTestBodies(workspace, nodes) === null) return null
  return { workspace, nodes }
}

/** The selected nodes with the jobs that land before them, as far as this run lands at all. */
function withJobs(
  { compilation, target }: Workspace,
  selected: readonly Node[],
  options: RunOptions,
): readonly Node[] {
  const { graph } = compilation
  const extract = options.extract ?? target.extract
  const meant = namesSources(options) ? withJobsOfSources(selected, graph.nodes) : selected
  const ids = new Set(meant.filter((node) => node.kind !== 'job' || extract).map((node) => node.id))
  if (options.extract === true) for (const node of graph.nodes) if (node.kind === 'job') ids.add(node.id)
  return graph.nodes.filter((node) => ids.has(node.id))
}

/** What each command builds. */
const kindsOf = {
  run: ['job', 'model'],
  seed: ['seed'],
  snapshot: ['snapshot'],
  build: ['job', 'seed', 'snapshot', 'model', 'data_test', 'unit_test'],
} as const
export type PlannedCommand = keyof typeof kindsOf

export function isPlanned(word: string): word is PlannedCommand {
  return Object.hasOwn(kindsOf, word)
}

/** The plan of a run, with what the state in the database says of each step. */
export async function planRun(
  workspace: Workspace,
  connection: DatabaseConnection,
  nodes: readonly Node[],
  command: PlannedCommand,
  options: RunOptions,
): Promise<Plan> {
  const plan = buildPlan(workspace.compilation.graph, nodes, {
    command,
    target: workspace.target,
    kinds: kindsOf[command],
    fullRefresh: options.fullRefresh ?? false,
    allowEmpty: options.allowEmpty ?? false,
    takeOver: options.takeOver ?? false,
    storeFailures: options.storeFailures ?? false,
    ...(command === 'build' ? { unitTests: unitTestBodies(workspace, nodes) ?? new Map() } : {}),
    ...eventSpan(options),
    arguments: runArguments(options),
  })
  return readPlanState(connection.database, plan)
}

/** A state that an older Strata wrote is upgraded first; otherwise nothing is written before the run has begun. */
async function planOnCurrentState(
  workspace: Workspace,
  connection: DatabaseConnection,
  nodes: readonly Node[],
  command: PlannedCommand,
  options: RunOptions,
): Promise<Plan> {
  try {
    return await planRun(workspace, connection, nodes, command, options)
  } catch (error) {
    if (!(error instanceof ConfigurationError) || error.code !== 'STATE_OUTDATED') throw error
    await migrateState(connection.database)
    return planRun(workspace, connection, nodes, command, options)
  }
}
