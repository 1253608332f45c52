import { buildPlan } from '@strata/compiler'
import { ConfigurationError, listed, type Node } from '@strata/core'
import { readsIncrements } from '@strata/extractor'
import { connectDatabase } from '../database-connection.ts'
import { executePlan } from '../execute-plan.ts'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { refuseUnknownSimulations } from '../job-sources.ts'
import { landingWindow } from '../landing-window.ts'
import { afterFailures } from '../next-commands.ts'
import { plural } from '../reporters/format.ts'
import { runArguments } from '../run-arguments.ts'
import { selectNodes } from '../select-nodes.ts'
import { withJobsOfSources } from '../selected-jobs.ts'
import { openWorkspace } from '../workspace.ts'

interface ExtractOptions extends SelectionOptions {
  readonly fullRefresh?: boolean
  readonly instance?: readonly string[]
  readonly simulate?: readonly string[]
  readonly since?: string
  readonly until?: string
}

/** `models extract`: the jobs of the selection, and nothing else. */
export async function extractCommand(invocation: Invocation, options: ExtractOptions): Promise<number> {
  refuseUnknownSimulations(options.simulate ?? [])
  const window = landingWindow(options)
  if (window !== null && options.fullRefresh) throw refusedRefresh()
  const workspace = await openWorkspace(invocation, options, { command: 'extract', keepsWarnings: true })
  if (workspace === null) return exitCodes.failed
  const { graph } = workspace.compilation
  const selected = await selectNodes(invocation, workspace, options, 'job')
  const chosen = withJobsOfSources(selected, graph.nodes)
  const nodes = window === null ? chosen : withChangeTimes(invocation, options, chosen)
  const plan = buildPlan(graph, nodes, {
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
      window,
      next: ({ results }, _connection, suggest) => [
        ...afterFailures(results, suggest),
        suggest('run --no-extract', 'build from what has landed'),
      ],
    })
  } finally {
    await connection.close()
  }
}

/** The others cannot be asked for a span of time. */
function withChangeTimes(
  { terminal }: Invocation,
  { quiet }: ExtractOptions,
  nodes: readonly Node[],
): readonly Node[] {
  const timeless = nodes.flatMap((node) =>
    node.kind === 'job' && !readsIncrements(node.job) ? [node.name] : [],
  )
  const kept = nodes.filter((node) => node.kind === 'job' && readsIncrements(node.job))
  if (kept.length === 0 && timeless.length > 0)
    throw new ConfigurationError({
      code: 'NO_CURSOR',
      message: `--since and --until need a cursor, and ${listed(timeless)} ${timeless.length === 1 ? 'has' : 'have'} none`,
      hint: 'Land them whole with `models extract`, or say under cursor: of the job which field tells when a record changed.',
    })
  if (timeless.length > 0 && !quiet)
    terminal.err(`Note: ${plural(timeless.length, 'job')} without a cursor left out: ${timeless.join(', ')}.`)
  return kept
}

function refusedRefresh(): ConfigurationError {
  return new ConfigurationError({
    code: 'BAD_WINDOW',
    message: '--full-refresh reads everything, --since and --until a part',
    hint: 'Give either.',
  })
}
