import { type Database, type Instance, type Plan, type RunResult, StrataError } from '@strata/core'
import { materialize } from '@strata/compiler'
import { createJobExecutor, ensureLanding, extractorMigrations } from '@strata/extractor'
import { migrate, readRelationFacts } from '@strata/postgres'
import { createDataTestExecutor, createModelExecutor, run, runnerMigrations } from '@strata/runner'
import type { DatabaseConnection } from './database-connection.ts'
import { exitCodes, type Invocation } from './invocation.ts'
import { type JobSourceOptions, openJobSources } from './job-sources.ts'
import type { Workspace } from './workspace.ts'
import { prepareTargetFolder, writeManifest, writeRunResults } from './write-artifacts.ts'

export interface ExecuteOptions {
  readonly fullRefresh: boolean
  readonly failFast: boolean
  readonly simulate: readonly string[]
  /** Names or ids of the instances to land; null: all. */
  readonly instances: readonly string[] | null
  readonly next: (result: RunResult, connection: DatabaseConnection) => readonly { readonly command: string; readonly purpose: string }[]
}

/** Brings the state's schema up to date. */
export async function migrateState(database: Database): Promise<void> {
  await migrate(database, 'runner', runnerMigrations)
  await migrate(database, 'extractor', extractorMigrations)
}

/** Runs a plan, shows it, and writes the artifacts; returns the exit code. */
export async function executePlan(
  invocation: Invocation,
  workspace: Workspace,
  connection: DatabaseConnection,
  plan: Plan,
  options: ExecuteOptions,
): Promise<number> {
  const { reporter, compilation, directory, metadata } = workspace
  const { database } = connection
  prepareTargetFolder(directory)
  const sourceOptions: JobSourceOptions = { simulate: options.simulate, embedded: connection.embedded !== null, landing: true }
  const sources = await openJobSources(workspace, plan, sourceOptions)
  try {
    await migrateState(database)
    await prepareLanding(database, workspace, plan, sources.instancesOf)
    writeManifest(directory, compilation.graph, metadata)
    reporter.start(
      {
        version: invocation.version,
        project: workspace.project.name,
        target: plan.target.name,
        database: connection.description,
        notes: sources.notes,
      },
      plan,
    )
    const result = await run(plan, {
      database,
      executors: {
        job: createJobExecutor({
          database,
          instancesOf: (source) => chosen(sources.instancesOf(source), options.instances),
          fullRefresh: options.fullRefresh,
        }),
        model: createModelExecutor({ database, materialize, readFacts: readRelationFacts }),
        data_test: createDataTestExecutor({ database }),
      },
      clock: invocation.clock,
      emit: reporter.emit,
      signal: invocation.signal,
      threads: plan.target.threads,
      failFast: options.failFast,
    })
    writeRunResults(directory, result, compilation.graph, metadata)
    reporter.finish(result, options.next(result, connection))
    if (result.status === 'cancelled') return exitCodes.interrupted
    return result.status === 'success' ? exitCodes.success : exitCodes.failed
  } finally {
    await sources.close()
  }
}

/** Bronze tables exist before the first request. */
async function prepareLanding(
  database: Database,
  workspace: Workspace,
  plan: Plan,
  instancesOf: (source: string) => readonly Instance[],
): Promise<void> {
  const wanted = new Set(plan.steps.flatMap((step) => (step.kind === 'job' && step.intent !== 'skip' ? [step.job.source] : [])))
  if (wanted.size === 0) return
  const nodes = workspace.compilation.graph.nodes.flatMap((node) => (node.kind === 'job' && wanted.has(node.job.source) ? [node] : []))
  await ensureLanding(database, {
    landingSchema: plan.target.landingSchema,
    jobs: nodes.map((node) => node.job),
    instances: [...wanted].flatMap((source) => instancesOf(source).map((instance) => ({ source, instance }))),
  })
}

function chosen(instances: readonly Instance[], wanted: readonly string[] | null): readonly Instance[] {
  if (wanted === null) return instances
  const picked = instances.filter((instance) => wanted.includes(instance.name) || wanted.includes(String(instance.id)))
  if (picked.length > 0) return picked
  throw new StrataError({
    code: 'UNKNOWN_INSTANCE',
    message: `there is no instance ${wanted.join(', ')}`,
    hint: `The instances are ${instances.map((instance) => instance.name).join(', ')}.`,
  })
}
