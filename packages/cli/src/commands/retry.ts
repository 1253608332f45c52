import { join, resolve } from 'node:path'
import { buildPlan, type JsonObject, readProject } from '@strata/compiler'
import { ConfigurationError, type Node, type NodeId, type RunArguments, type Target } from '@strata/core'
import { type RecordedStep, type RunSummary, readKnownRelations, readLastRun } from '@strata/runner'
import { changedParents } from '../changed-parents.ts'
import { readEnvironment } from '../configuration/environment.ts'
import { resolveTarget } from '../configuration/resolve-target.ts'
import { connectDatabase, type DatabaseConnection } from '../database-connection.ts'
import { deferReferences, sameNodes } from '../defer.ts'
import { eventSpan } from '../event-span.ts'
import { executePlan, migrateState, upgradeUsedState } from '../execute-plan.ts'
import { exitCodes, type Invocation } from '../invocation.ts'
import { nextCommands } from '../next-commands.ts'
import { readPlanState } from '../plan-state.ts'
import { readArtifact } from '../previous-state.ts'
import { plural } from '../reporters/format.ts'
import { type ExecutionOptions, optionsOf, runArguments } from '../run-arguments.ts'
import { createSuggest } from '../suggest.ts'
import { tellWarnings } from '../tell-warnings.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'

/** The last run, as far as another one can take it up. */
interface Unfinished {
  readonly command: string
  readonly arguments: RunArguments
  readonly ids: ReadonlySet<NodeId>
  /** Null: the database does not know of it. */
  readonly runId: string | null
  /** For people: `run 0f3c12ab of 2026-01-02 03:04`. */
  readonly name: string
}

/**
 * `models retry`: does again what failed, was skipped or was interrupted in the last run of the target, with the options of
 * that run. Known from the database, also after a crash; from `target/run_results.json` where the database knows of no run.
 */
export async function retryCommand(invocation: Invocation, options: ExecutionOptions): Promise<number> {
  const { terminal } = invocation
  const directory = resolve(invocation.workingDirectory, options.projectDir ?? '.')
  const { project } = await readProject(directory)
  const environment = readEnvironment(directory, invocation.processEnvironment)
  const resolved = resolveTarget(project, options.target, environment, options.threads)
  const connection = await connectDatabase({ ...resolved, directory })
  try {
    await upgradeUsedState(connection.database)
    const last = await findUnfinished(connection, resolved.target, directory)
    if (last === null) throw noRun(options.target)
    if (last.ids.size === 0) {
      if (!options.quiet) terminal.out(`Nothing to retry: the ${last.name} left nothing undone.`)
      return exitCodes.success
    }
    return await retry(invocation, connection, last, { ...optionsOf(last.arguments), ...given(options) })
  } finally {
    await connection.close()
  }
}

async function retry(
  invocation: Invocation,
  connection: DatabaseConnection,
  last: Unfinished,
  options: ExecutionOptions,
): Promise<number> {
  const fullRefresh = options.fullRefresh ?? false
  const opened = await openWorkspace(invocation, options, {
    command: last.command,
    fullRefresh,
    keepsWarnings: true,
  })
  if (opened === null) return exitCodes.failed
  const chosen = opened.compilation.graph.nodes.filter((node) => last.ids.has(node.id))
  const gone = last.ids.size - chosen.length
  if (gone > 0 && !options.quiet)
    invocation.terminal.err(
      `Note: ${plural(gone, 'node')} of the ${last.name} ${gone === 1 ? 'is' : 'are'} no longer there.`,
    )
  tellWarnings(invocation, opened, chosen, options)
  opened.selected.push(...chosen.map((node) => node.id))
  const workspace = await deferReferences(opened, chosen, options)
  const { graph } = workspace.compilation
  await migrateState(connection.database)
  const nodes = sameNodes(graph, chosen)
  const plan = buildPlan(graph, nodes, {
    command: last.command,
    target: workspace.target,
    kinds: ['job', 'seed', 'model', 'data_test'],
    fullRefresh,
    allowEmpty: options.allowEmpty ?? false,
    ...eventSpan(options),
    arguments: { ...runArguments(options), ...(last.runId === null ? {} : { retry_of: last.runId }) },
  })
  if (!options.quiet) await noteChangedParents(invocation, connection, workspace, nodes)
  return executePlan(invocation, workspace, connection, await readPlanState(connection.database, plan), {
    fullRefresh,
    failFast: options.failFast ?? false,
    // What failed has not landed, however recently it was tried.
    ignoreRefreshAfter: true,
    simulate: options.simulate ?? [],
    instances: options.instance ?? null,
    next: nextCommands,
  })
}

/** They are not part of a retry, and what failed may have failed for their sake. */
async function noteChangedParents(
  invocation: Invocation,
  { database }: DatabaseConnection,
  { compilation, target }: Workspace,
  nodes: readonly Node[],
): Promise<void> {
  const suggest = createSuggest(invocation, target.name)
  const known = await readKnownRelations(database, target)
  for (const { name, reader } of changedParents(compilation.graph, nodes, target, known).slice(0, 3))
    invocation.terminal.err(
      `Note: ${name} is not what its file says: ${suggest(`run --select +${reader.name}`, 'builds it').command}`,
    )
}

async function findUnfinished(
  { database }: DatabaseConnection,
  target: Target,
  directory: string,
): Promise<Unfinished | null> {
  const last = await readLastRun(database, target)
  if (last === null)
    return unfinishedInArtifact(readArtifact(join(directory, 'target', 'run_results.json')), target)
  const { run, steps } = last
  if (run.status === 'running') throw underWay(run)
  return {
    command: run.command,
    arguments: run.arguments,
    ids: new Set(steps.filter(isUnfinished).map((step) => step.id)),
    runId: run.runId,
    name: `${run.command} ${run.runId.slice(0, 8)} of ${run.startedAt.slice(0, 16).replace('T', ' ')}`,
  }
}

/** What ran on old data of a job that landed only in part is not done either. */
function isUnfinished({ status, staleBecause }: RecordedStep): boolean {
  return (
    ['failed', 'skipped', 'cancelled', 'interrupted', 'running'].includes(status) || staleBecause.length > 0
  )
}

/** Null: there is none, or it is of another target. */
function unfinishedInArtifact(artifact: JsonObject | null, target: Target): Unfinished | null {
  if (artifact === null || !Array.isArray(artifact['results'])) return null
  const asked = (artifact['args'] ?? {}) as RunArguments
  const { which, target: of = target.name } = asked
  if (typeof which !== 'string' || of !== target.name) return null
  const results = artifact['results'] as readonly JsonObject[]
  const unfinished = results.filter(({ status }) =>
    ['error', 'fail', 'skipped', 'runtime error', 'partial success'].includes(String(status)),
  )
  return {
    command: which,
    arguments: asked,
    ids: new Set(unfinished.map((result) => String(result['unique_id']).replace(/^test\./, 'data_test.'))),
    runId: null,
    name: `${which} in target/run_results.json`,
  }
}

/** Options that were typed now; the target is always one of them. */
function given(options: ExecutionOptions): ExecutionOptions {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as unknown as ExecutionOptions
}

function noRun(target: string): ConfigurationError {
  return new ConfigurationError({
    code: 'NO_RUN',
    message: `there has been no run on the target ${target} yet`,
    hint: 'Start one with models run.',
  })
}

function underWay({ runId, command, startedAt }: RunSummary): ConfigurationError {
  return new ConfigurationError({
    code: 'RUN_UNDER_WAY',
    message: `the last ${command}, ${runId.slice(0, 8)} of ${startedAt.slice(0, 16).replace('T', ' ')}, is still under way`,
    hint: 'Wait for its end, or end it. A run that was killed is found out at once, behind a connection pooler after a minute.',
  })
}
