import { join } from 'node:path'
import { buildPlan, type JsonObject } from '@strata/compiler'
import {
  type BatchResults,
  ConfigurationError,
  type Node,
  type NodeId,
  type RunArguments,
  type Step,
  type Target,
} from '@strata/core'
import { type RecordedStep, type RunSummary, readKnownRelations, readLastRun } from '@strata/runner'
import { changedParents } from '../changed-parents.ts'
import { withConnectedTarget } from '../connect-target.ts'
import type { DatabaseConnection } from '../database-connection.ts'
import { deferReferences, sameNodes } from '../defer.ts'
import { eventSpan } from '../event-span.ts'
import { executePlan, migrateState } from '../execute-plan.ts'
import { exitCodes, type Invocation } from '../invocation.ts'
import { landingWindow } from '../landing-window.ts'
import { nextCommands } from '../next-commands.ts'
import { readPlanState } from '../plan-state.ts'
import { readArtifact } from '../previous-state.ts'
import { plural } from '../reporters/format.ts'
import { type ExecutionOptions, optionsOf, runArguments } from '../run-arguments.ts'
import { createSuggest } from '../suggest.ts'
import { tellWarnings } from '../tell-warnings.ts'
import { unitTestBodies } from '../unit-test-bodies.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'

/** The last run, as far as another one can take it up. */
interface Unfinished {
  readonly command: string
  readonly arguments: RunArguments
  readonly ids: ReadonlySet<NodeId>
  /** The data tests of the run, however they ended: what they gate is not published without them. */
  readonly tests: ReadonlySet<NodeId>
  /** Null: the database does not know of it. */
  readonly runId: string | null
  /** Of models of which some batches went well, the beginnings of the others. */
  readonly batches: ReadonlyMap<NodeId, readonly string[]>
  /** For people: `run 0f3c12ab of 2026-01-02 03:04`. */
  readonly name: string
}

/**
 * `models retry`: does again what failed, was skipped or was interrupted in the last run of the target, with the options of
 * that run. Known from the database, also after a crash; from `target/run_results.json` where the database knows of no run.
 */
export async function retryCommand(invocation: Invocation, options: ExecutionOptions): Promise<number> {
  return withConnectedTarget(invocation, options, async ({ connection, target, directory }) => {
    const last = await findUnfinished(connection, target, directory)
    if (last === null) throw noRun(options.target)
    if (last.ids.size === 0) {
      if (!options.quiet) invocation.terminal.out(`Nothing to retry: the ${last.name} left nothing undone.`)
      return exitCodes.success
    }
    return retry(invocation, connection, last, { ...optionsOf(last.arguments), ...given(options) })
  })
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
    storeFailures: options.storeFailures ?? false,
    keepsWarnings: true,
  })
  if (opened === null) return exitCodes.failed
  const { nodes: all } = opened.compilation.graph
  const gone = last.ids.size - all.filter(({ id }) => last.ids.has(id)).length
  const chosen = all.filter((node) => last.ids.has(node.id) || gatesAgain(node, last))
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
  const unitTests = unitTestBodies(workspace, nodes)
  if (unitTests === null) return exitCodes.failed
  const whole = buildPlan(graph, nodes, {
    command: last.command,
    target: workspace.target,
    kinds: ['job', 'seed', 'model', 'snapshot', 'data_test', 'unit_test'],
    unitTests,
    takeOver: options.takeOver ?? false,
    fullRefresh,
    allowEmpty: options.allowEmpty ?? false,
    storeFailures: options.storeFailures ?? false,
    ...eventSpan(options),
    arguments: { ...runArguments(options), ...(last.runId === null ? {} : { retry_of: last.runId }) },
  })
  const plan = { ...whole, steps: whole.steps.map((step) => ofFailedBatches(step, last.batches)) }
  if (!options.quiet) await noteChangedParents(invocation, connection, workspace, nodes)
  return executePlan(invocation, workspace, connection, await readPlanState(connection.database, plan), {
    fullRefresh,
    failFast: options.failFast ?? false,
    // What failed has not landed, however recently it was tried.
    ignoreRefreshAfter: true,
    simulate: options.simulate ?? [],
    instances: options.instance ?? null,
    window: landingWindow(options),
    next: nextCommands,
  })
}

/** What went well of a model is not done again, also where all of it had been asked for. */
function ofFailedBatches(step: Step, failed: Unfinished['batches']): Step {
  const exactly = failed.get(step.id)
  if (step.kind !== 'model' || step.batches === undefined || exactly === undefined) return step
  return { ...step, fullRefresh: false, batches: { ...step.batches, exactly } }
}

function gatesAgain({ id, parents }: Node, { command, ids, tests }: Unfinished): boolean {
  return command === 'build' && tests.has(id) && parents.some((parent) => ids.has(parent))
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
  const artifact = readArtifact(join(directory, 'target', 'run_results.json'))
  if (last === null) return unfinishedInArtifact(artifact, target)
  const { run, steps } = last
  if (run.status === 'running') throw underWay(run)
  return {
    command: run.command,
    arguments: run.arguments,
    ids: new Set(steps.filter(isUnfinished).map((step) => step.id)),
    tests: new Set(steps.filter(({ kind }) => kind === 'data_test').map(({ id }) => id)),
    runId: run.runId,
    // Without the file, those are done that are not recorded as done, and those that every run does.
    batches: isOf(artifact, run.runId) ? failedBatches(artifact) : new Map(),
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
  const { which, target: of } = asked
  if (typeof which !== 'string' || (of ?? target.name) !== target.name) return null
  const results = artifact['results'] as readonly JsonObject[]
  const unfinished = results.filter(({ status }) =>
    ['error', 'fail', 'skipped', 'runtime error', 'partial success'].includes(String(status)),
  )
  return {
    command: which,
    arguments: asTyped(asked),
    ids: new Set(unfinished.map(idOf)),
    tests: new Set(results.map(idOf).filter((id) => id.startsWith('data_test.'))),
    runId: null,
    batches: failedBatches(artifact),
    name: `${which} in target/run_results.json`,
  }
}

/** As it stands in dbt's file: what was typed as text is what it meant, and what was not typed is empty. */
function asTyped(asked: RunArguments): RunArguments {
  return Object.fromEntries(
    Object.entries(asked)
      .filter(
        ([, value]) => !(typeof value === 'object' && value !== null && Object.keys(value).length === 0),
      )
      .map(([name, value]) => [
        name,
        name === 'vars' && typeof value === 'object' ? JSON.stringify(value) : value,
      ]),
  )
}

function isOf(artifact: JsonObject | null, runId: string): artifact is JsonObject {
  const { env } = (artifact?.['metadata'] ?? {}) as { readonly env?: JsonObject }
  return env?.['strata_run_id'] === runId
}

function failedBatches(artifact: JsonObject): Unfinished['batches'] {
  const results = (artifact['results'] ?? []) as readonly JsonObject[]
  return new Map(
    results.flatMap(({ unique_id, batch_results }): [string, readonly string[]][] => {
      const { successful = [], failed = [] } = (batch_results ?? {}) as Partial<BatchResults>
      return successful.length * failed.length === 0
        ? []
        : [[String(unique_id), failed.map(([from]) => new Date(from).toISOString())]]
    }),
  )
}

function idOf(result: JsonObject): NodeId {
  return String(result['unique_id']).replace(/^test\./, 'data_test.')
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
