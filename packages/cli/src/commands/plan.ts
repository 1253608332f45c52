import { explainPlan } from '@strata/compiler'
import { ConfigurationError, deepFreeze } from '@strata/core'
import { foreseeColumns, readKnownRelations } from '@strata/runner'
import { connectDatabase } from '../database-connection.ts'
import { exitCodes, type Invocation } from '../invocation.ts'
import { renderPlan } from '../reporters/render-plan.ts'
import { readWorld } from '../saved-plan.ts'
import { isPlanned, openRun, planRun, type RunOptions } from './run.ts'

/** `models plan`: what `run`, `seed` or `snapshot` would do with the same options, and why. */
export async function planCommand(
  invocation: Invocation,
  options: RunOptions,
  word: string = 'run',
): Promise<number> {
  if (!isPlanned(word)) throw notPlanned(word)
  const command = word
  const opened = await openRun(invocation, options, command)
  if (opened === null) return exitCodes.failed
  const { workspace, nodes } = opened
  const { terminal } = invocation
  const connection = await connectDatabase(workspace)
  try {
    const { database } = connection
    const decided = await planRun(workspace, connection, nodes, command, options)
    const known = await readKnownRelations(database, workspace.target)
    const plan = await foreseeColumns(
      database,
      await explainPlan(decided, workspace.compilation.graph, known),
    )
    if (options.json) {
      const world = await readWorld(database, workspace, plan)
      terminal.out(JSON.stringify(deepFreeze({ ...plan, world }), null, 2))
    } else terminal.out(renderPlan(plan, terminal.color, terminal.outIsTerminal ? terminal.columns : null))
    return exitCodes.success
  } finally {
    await connection.close()
  }
}

function notPlanned(word: string): ConfigurationError {
  return new ConfigurationError({
    code: 'NOT_PLANNED',
    message: `there is no plan of "${word}"`,
    hint: 'Write models plan, models plan build, models plan seed or models plan snapshot.',
  })
}
