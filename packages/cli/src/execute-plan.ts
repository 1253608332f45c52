import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { failureExplainer, materialize, materializeSeed, materializeSnapshot } from '@strata/compiler'
import { type Database, type Event, type Graph, type Plan, type RunResult, StrataError } from '@strata/core'
import { extractorMigrations, quarantineRecords } from '@strata/extractor/state'
import { migrateAll, prepareFactsFunction, readRelationFacts } from '@strata/postgres'
import {
  createAskTests,
  createDataTestExecutor,
  createModelExecutor,
  createSeedExecutor,
  createSnapshotExecutor,
  createUnitTestExecutor,
  run,
  runnerMigrations,
} from '@strata/runner'
import { createColors } from 'picocolors'
import type { DatabaseConnection } from './database-connection.ts'
import { idleJobsOf } from './idle-jobs.ts'
import { exitCodes, type Invocation } from './invocation.ts'
import { type JobSourceOptions, openJobSources } from './job-sources.ts'
import type { LandingWindow } from './landing-window.ts'
import { lateTemplates } from './late-templates.ts'
import { renderError } from './reporters/render-error.ts'
import { runHooksOf } from './run-hooks.ts'
import { createSuggest, type Suggest, type Suggestion } from './suggest.ts'
import { tellUnknownColumns } from './tell-unknown-columns.ts'
import type { Workspace } from './workspace.ts'
import { prepareTargetFolder, writeManifest, writeRunResults } from './write-artifacts.ts'

export interface ExecuteOptions {
  readonly fullRefresh: boolean
  readonly failFast: boolean
  /** Land also what landed so recently that it counts as fresh. */
  readonly ignoreRefreshAfter: boolean
  readonly simulate: readonly string[]
  /** Names or ids of the instances to land; null: all. */
  readonly instances: readonly string[] | null
  /** A backfill: jobs read what changed in this span, and move no watermark. */
  readonly window?: LandingWindow | null
  readonly next: (
    result: RunResult,
    connection: DatabaseConnection,
    suggest: Suggest,
    graph: Graph,
  ) => readonly Suggestion[]
}

/** Of a plan without jobs. */
export const landsNothing = {
  ignoreRefreshAfter: false,
  simulate: [],
  instances: null,
} satisfies Partial<ExecuteOptions>

/** Brings the state's schema up to date. */
export async function migrateState(database: Database): Promise<void> {
  await migrateAll(database, [
    { name: 'runner', migrations: runnerMigrations },
    { name: 'extractor', migrations: extractorMigrations },
  ])
}

/** Brings the state's schema up to date where there is one: looking into a database leaves no trace in it. */
export async function upgradeUsedState(database: Database): Promise<void> {
  const { rows } = await database.query<{ used: boolean }>(
    `select to_regclass('strata.runs') is not null as used`,
  )
  if (rows[0]!.used) await migrateState(database)
}

/** Runs a plan, shows it, and writes the artifacts; returns the exit code. */
export async function executePlan(
  invocation: Invocation,
  workspace: Workspace,
  connection: DatabaseConnection,
  planned: Plan,
  options: ExecuteOptions,
): Promise<number> {
  const { reporter, compilation, directory, metadata } = workspace
  const { database } = connection
  prepareTargetFolder(directory)
  const sourceOptions: JobSourceOptions = {
    simulate: options.simulate,
    embedded: connection.embedded !== null,
    landing: true,
  }
  const sources = await openJobSources(workspace, planned, sourceOptions)
  const { plan } = sources
  try {
    await migrateState(database)
    // Most runs of models land nothing, and what lands is half of the code.
    const idle = idleJobsOf(plan, compilation.graph)
    const lands = idle.length > 0 || plan.steps.some(({ kind }) => kind === 'job')
    const landing = lands ? await import('./land-jobs.ts') : null
    const stuck = (await landing?.prepareLanding(database, workspace, sources, idle)) ?? []
    writeManifest(directory, compilation.manifest(metadata))
    reporter.start(
      {
        version: invocation.version,
        project: workspace.project.name,
        target: plan.target.name,
        database: connection.description,
        notes: [...workspace.notes, ...sources.notes],
      },
      plan,
    )
    for (const message of stuck) reporter.emit({ kind: 'notice', message })
    const late = lateTemplates(compilation.late)
    const hooks = runHooksOf(workspace, connection, invocation.signal)
    const failedStart = await failureOf(invocation, hooks.start(plan))
    if (failedStart !== null) {
      invocation.terminal.err(failedStart)
      return invocation.signal.aborted ? exitCodes.interrupted : exitCodes.failed
    }
    const explain = failureExplainer(compilation.graph, compilation.unitTests, compilation.places)
    const explainAll = (whole: RunResult): RunResult => ({ ...whole, results: whole.results.map(explain) })
    const explained = (event: Event): Event => {
      if (event.kind === 'step_finished') return { ...event, result: explain(event.result) }
      return event.kind === 'run_finished' ? { ...event, result: explainAll(event.result) } : event
    }
    const askTests = createAskTests({ database, renderLate: late.test })
    const ended = await run(plan, {
      database,
      executors: {
        ...(landing === null ? {} : { job: landing.jobExecutor(database, workspace, sources, options) }),
        model: createModelExecutor({
          database,
          materialize,
          readFacts: readRelationFacts,
          prepareFacts: prepareFactsFunction,
          renderLate: late.model,
          renderHook: late.hook,
          askTests,
          isIncremental: late.isIncremental,
        }),
        seed: createSeedExecutor({
          database,
          materializeSeed,
          readFacts: readRelationFacts,
          prepareFacts: prepareFactsFunction,
          renderHook: late.hook,
          askTests,
          open: (file) => createReadStream(join(directory, file), { highWaterMark: 256 * 1024 }),
        }),
        snapshot: createSnapshotExecutor({
          database,
          materializeSnapshot,
          readFacts: readRelationFacts,
          renderLateSnapshot: late.snapshot,
          renderHook: late.hook,
          askTests,
        }),
        data_test: createDataTestExecutor({
          database,
          renderLate: late.test,
          quarantine: quarantineRecords,
        }),
        unit_test: createUnitTestExecutor({
          database,
          detached: compilation.unitTests.detached,
          render: ({ id }, tables, ask) => compilation.unitTests.rendered(id, tables, ask),
        }),
      },
      clock: invocation.clock,
      emit: (event) => reporter.emit(explained(event)),
      signal: invocation.signal,
      threads: plan.target.threads,
      parallelJobs: workspace.landing.parallelJobs,
      failFast: options.failFast,
    })
    const result = explainAll(ended)
    if (result.status !== 'cancelled') sources.landed()
    writeRunResults(directory, result, compilation.graph, metadata)
    const failedHook = await failureOf(invocation, hooks.end(plan, result))
    if (result.status !== 'cancelled') await tellUnknownColumns(workspace, database, result)
    const suggest = createSuggest(invocation, plan.target.name)
    reporter.finish(result, options.next(result, connection, suggest, compilation.graph))
    if (failedHook !== null) {
      invocation.terminal.err(failedHook)
      return exitCodes.failed
    }
    if (result.status === 'cancelled') return exitCodes.interrupted
    return result.status === 'success' ? exitCodes.success : exitCodes.failed
  } finally {
    await sources.close()
  }
}

/** What a hook around the run failed with, for the screen. */
async function failureOf({ terminal, commandName }: Invocation, work: Promise<void>): Promise<string | null> {
  try {
    await work
    return null
  } catch (error) {
    if (!(error instanceof StrataError)) throw error
    const columns = terminal.outIsTerminal ? terminal.columns : null
    return renderError('Failed', error, { colors: createColors(terminal.color), columns, commandName })
  }
}
