import {
  ConfigurationError,
  type Database,
  type Job,
  type JobStep,
  type Plan,
  type StepExecutor,
} from '@strata/core'
import { closeStuckRuns, createJobExecutor, ensureLanding, ensureTables } from '@strata/extractor'
import type { ExecuteOptions } from './execute-plan.ts'
import type { JobSources } from './job-sources.ts'
import { describeStuck } from './reporters/describe-stuck.ts'
import { instancesOfJobs, jobsOf } from './selected-jobs.ts'
import type { Workspace } from './workspace.ts'

/** What a plan's jobs are carried out with. */
export function jobExecutor(
  database: Database,
  { landing }: Workspace,
  { plan, instancesOf, tableSourceOf }: JobSources,
  { fullRefresh, ignoreRefreshAfter, instances, window }: ExecuteOptions,
): StepExecutor<JobStep> {
  return createJobExecutor({
    database,
    instancesOf,
    tableSourceOf,
    fullRefresh: fullRefresh || (!landing.incrementalLoad && !window),
    ignoreRefreshAfter: ignoreRefreshAfter || fullRefresh,
    ...(window ? { window } : {}),
    ...(instances === null ? {} : { only: { instanceIds: idsOf(plan, instances) } }),
  })
}

/**
 * Bronze tables exist before the first request, also those of the `idle` jobs, which land nothing and are read, and, once anything lands,
 * those of all active jobs of the project: another run may read them. And no run says that it is running whose process has gone.
 * Returns what to tell of those.
 */
export async function prepareLanding(
  database: Database,
  workspace: Workspace,
  { plan, instancesOf }: JobSources,
  idle: readonly Job[],
): Promise<readonly string[]> {
  await ensureTables(database, { landingSchema: plan.target.landingSchema, jobs: idle })
  const wanted = new Set(
    plan.steps.flatMap((step) => (step.kind === 'job' && step.intent !== 'skip' ? [step.job.source] : [])),
  )
  if (wanted.size === 0) return []
  const nodes = workspace.compilation.graph.nodes.flatMap((node) =>
    node.kind === 'job' && wanted.has(node.job.source) ? [node] : [],
  )
  await ensureLanding(database, {
    landingSchema: plan.target.landingSchema,
    connectors: [...new Map(nodes.map((node) => [node.connector.source, node.connector])).values()],
    jobs: nodes.map((node) => node.job),
    instancesOf,
  })
  const all = jobsOf(workspace.compilation.graph.nodes)
  const others = all.flatMap(({ job }) => (job.active && !wanted.has(job.source) ? [job] : []))
  await ensureTables(database, { landingSchema: plan.target.landingSchema, jobs: others })
  const known = instancesOfJobs(all)
  return describeStuck(await closeStuckRuns(database, plan.target.landingSchema, known))
}

/** The ids of the instances that were named, by name or id. Throws `ConfigurationError` for a name that no source has. */
function idsOf(plan: Plan, wanted: readonly string[]): readonly number[] {
  const declared = plan.steps.flatMap((step) => (step.kind === 'job' ? step.connector.instances : []))
  return wanted.flatMap((name) => {
    const found = declared.filter((instance) => instance.name === name || String(instance.id) === name)
    if (found.length > 0) return found.map((instance) => instance.id)
    throw new ConfigurationError({
      code: 'UNKNOWN_INSTANCE',
      message: `there is no instance "${name}"`,
      hint: `The instances are ${[...new Set(declared.map((instance) => instance.name))].join(', ')}.`,
    })
  })
}
