import { buildPlan } from '@strata/compiler'
import { connectDatabase } from '../database-connection.ts'
import { deferReferences, sameNodes } from '../defer.ts'
import { executePlan, landsNothing } from '../execute-plan.ts'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { runArguments } from '../run-arguments.ts'
import { selectNodes } from '../select-nodes.ts'
import { unitTestBodies } from '../unit-test-bodies.ts'
import { openWorkspace } from '../workspace.ts'

/** `models test`: the data tests of the selection, against what is built, and its unit tests, which need nothing that is. */
export async function testCommand(
  invocation: Invocation,
  options: SelectionOptions & { readonly failFast?: boolean; readonly storeFailures?: boolean },
): Promise<number> {
  const storeFailures = options.storeFailures ?? false
  const opened = await openWorkspace(invocation, options, {
    command: 'test',
    storeFailures,
    keepsWarnings: true,
  })
  if (opened === null) return exitCodes.failed
  const chosen = await selectNodes(invocation, opened, options)
  const workspace = await deferReferences(opened, chosen, options)
  const { graph } = workspace.compilation
  const selected = sameNodes(graph, chosen)
  const unitTests = unitTestBodies(workspace, selected)
  if (unitTests === null) return exitCodes.failed
  const plan = buildPlan(graph, selected, {
    command: 'test',
    target: workspace.target,
    kinds: ['data_test', 'unit_test'],
    unitTests,
    fullRefresh: false,
    storeFailures,
    arguments: runArguments(options),
  })
  const connection = await connectDatabase(workspace)
  try {
    return await executePlan(invocation, workspace, connection, plan, {
      fullRefresh: false,
      failFast: options.failFast ?? false,
      ...landsNothing,
      next: (result, _connection, suggest) => {
        // Another failure of it, such as a relation that is not built, has no rows.
        const failed = result.results.find(({ failure }) => failure?.code === 'DATA_TEST_FAILED')
        return failed === undefined ? [] : [suggest(`show ${failed.name}`, 'the failing rows')]
      },
    })
  } finally {
    await connection.close()
  }
}
