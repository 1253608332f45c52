import { buildPlan } from '@strata/compiler'
import { connectDatabase } from '../database-connection.ts'
import { executePlan } from '../execute-plan.ts'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { refuseUnknownSimulations } from '../job-sources.ts'
import { runArguments } from '../run-arguments.ts'
import { selectNodes } from '../select-nodes.ts'
import { openWorkspace } from '../workspace.ts'

interface ExtractOptions extends SelectionOptions {
  readonly fullRefresh?: boolean
  readonly instance?: readonly string[]
  readonly simulate?: readonly string[]
}

/** `models extract`: the jobs of the selection, and nothing else. */
export async function extractCommand(invocation: Invocation, options: ExtractOptions): Promise<number> {
  refuseUnknownSimulations(options.simulate ?? [])
  const workspace = await openWorkspace(invocation, options, { command: 'extract', keepsWarnings: true })
  if (workspace === null) return exitCodes.failed
  const { graph } = workspace.compilation
  const selected = await selectNodes(invocation, workspace, options, 'job')
  const plan = buildPlan(graph, withJobsOfSources(selected, graph.nodes), {
    command: 'extract',
    target: workspace.target,
    kinds: ['job'],
    fullRefresh: options.fullRefresh ?? false,
    arguments: runArguments(options),
  })
  const connection = await connectDatabase(workspace)
  try {
    return await executePlan(invocation, workspace, connection, plan, {
      fullRefresh: options.fullRefresh ?? false,
      failFast: false,
      ignoreRefreshAfter: true,
      simulate: options.simulate ?? [],
      instances: options.instance ?? null,
      next: (_result, _connection, suggest) => [suggest('run --no-extract', 'build from what has landed')],
    })
  } finally {
    await connection.close()
  }
}

/** Who selects a source table means the job that lands it. */
function withJobsOfSources<
  T extends { readonly id: string; readonly kind: string; readonly parents: readonly string[] },
>(selected: readonly T[], nodes: readonly T[]): readonly T[] {
  const wanted = new Set(
    selected.flatMap((node) => (node.kind === 'source' ? [node.id, ...node.parents] : [node.id])),
  )
  return nodes.filter((node) => wanted.has(node.id))
}
