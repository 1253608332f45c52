import { buildPlan } from '@strata/compiler'
import { connectDatabase } from '../database-connection.ts'
import { deferReferences, sameNodes } from '../defer.ts'
import { executePlan, landsNothing } from '../execute-plan.ts'
import { exitCodes, type Invocation } from '../invocation.ts'
import { nextCommands } from '../next-commands.ts'
import { type ExecutionOptions, runArguments } from '../run-arguments.ts'
import { selectNodes } from '../select-nodes.ts'
import { openWorkspace } from '../workspace.ts'

/** `models snapshot`: takes the snapshots of the selection. */
export async function snapshotCommand(invocation: Invocation, options: ExecutionOptions): Promise<number> {
  const opened = await openWorkspace(invocation, options, { command: 'snapshot', keepsWarnings: true })
  if (opened === null) return exitCodes.failed
  const chosen = await selectNodes(invocation, opened, options)
  const workspace = await deferReferences(opened, chosen, options)
  const { graph } = workspace.compilation
  const plan = buildPlan(graph, sameNodes(graph, chosen), {
    command: 'snapshot',
    target: workspace.target,
    kinds: ['snapshot'],
    fullRefresh: false,
    allowEmpty: options.allowEmpty ?? false,
    takeOver: options.takeOver ?? false,
    arguments: runArguments(options),
  })
  const connection = await connectDatabase(workspace)
  try {
    return await executePlan(invocation, workspace, connection, plan, {
      fullRefresh: false,
      failFast: options.failFast ?? false,
      ...landsNothing,
      next: nextCommands,
    })
  } finally {
    await connection.close()
  }
}
