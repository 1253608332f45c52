import { buildPlan } from '@strata/compiler'
import { ConfigurationError, type Instance, type JobNode, type Plan } from '@strata/core'
import { compareFields, fieldsRead, type JobProbe, probeJobs } from '@strata/extractor'
import { createColors } from 'picocolors'
import { connectDatabase } from '../database-connection.ts'
import { migrateState, upgradeUsedState } from '../execute-plan.ts'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { openJobSources, refuseUnknownSimulations } from '../job-sources.ts'
import { plural } from '../reporters/format.ts'
import { probeLines, type TableFields } from '../reporters/probe-lines.ts'
import { endpointsOf, selectJobs } from '../selected-jobs.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'

interface ProbeCommandOptions extends SelectionOptions {
  readonly instance?: readonly string[]
  readonly dryRun?: boolean
  readonly simulate?: readonly string[]
}

/** `models source probe`: asks each endpoint of a source what it supports, and remembers it for runs. 1: some did not answer. */
export async function sourceProbeCommand(
  invocation: Invocation,
  options: ProbeCommandOptions,
  name: string,
): Promise<number> {
  const { terminal, clock, signal } = invocation
  refuseUnknownSimulations(options.simulate ?? [])
  const workspace = await openWorkspace(invocation, options, { command: 'source probe', keepsWarnings: true })
  if (workspace === null) return exitCodes.failed
  const selected = await selectJobs(invocation, workspace, options, name === undefined ? [] : [name])
  const jobs = endpointsOf(selected)
  const [other] = selected
  if (other !== undefined && jobs.length === 0) throw notProbed(other)
  const source = jobs[0]?.job.source
  if (source === undefined) {
    if (!options.quiet) terminal.out('No job of the source is among what is selected.')
    return exitCodes.success
  }
  const connection = await connectDatabase(workspace)
  const { database, embedded } = connection
  const sources = await openJobSources(workspace, planOf(workspace, jobs), {
    simulate: options.simulate ?? [],
    embedded: embedded !== null,
    landing: false,
  }).catch(async (error: unknown) => {
    await connection.close()
    throw error
  })
  try {
    await (options.dryRun ? upgradeUsedState(database) : migrateState(database))
    if (!options.json && !options.quiet) for (const note of sources.notes) terminal.err(note)
    const probes = await probeJobs({
      database,
      landingSchema: workspace.target.landingSchema,
      jobs,
      instances: chosenInstances(sources.instancesOf(source), options.instance ?? null, source),
      remember: options.dryRun !== true,
      clock,
      signal,
      onProbe: (probe) => {
        if (!options.json && !options.quiet)
          terminal.err(
            `${probe.job.source}.${probe.job.table} ${probe.instance.name}: ${plural(probe.requests, 'request')}`,
          )
      },
    })
    tell(invocation, options, probes, fieldsOf(workspace, jobs, probes))
    return probes.some(({ error }) => error !== null) ? exitCodes.failed : exitCodes.success
  } finally {
    await sources.close()
    await connection.close()
  }
}

function notProbed({ job, connector }: JobNode): ConfigurationError {
  const isFolder = connector.kind === 'csv'
  return new ConfigurationError({
    code: 'NOT_AN_API',
    message: `${job.source} is ${isFolder ? 'a folder of files' : 'a database'}, and only an API is probed`,
    hint: isFolder
      ? `\`models extract --select source:${job.source}\` reads its files, and says what is wrong with them.`
      : `\`models source analyze ${job.source}\` looks at its catalog and its values, and proposes the jobs.`,
  })
}

/** Also of jobs that are not active: a probe says whether they could be. */
function planOf(workspace: Workspace, jobs: readonly JobNode[]): Plan {
  const plan = buildPlan(workspace.compilation.graph, jobs, {
    command: 'extract',
    target: workspace.target,
    kinds: ['job'],
    fullRefresh: false,
  })
  return {
    ...plan,
    steps: plan.steps.map((step) => (step.kind === 'job' ? { ...step, intent: 'land' } : step)),
  }
}

function chosenInstances(
  instances: readonly Instance[],
  wanted: readonly string[] | null,
  source: string,
): readonly Instance[] {
  if (wanted === null) return instances
  const isNamed = ({ id, name }: Instance, text: string) => name === text || String(id) === text
  const unknown = wanted.find((text) => !instances.some((instance) => isNamed(instance, text)))
  if (unknown === undefined)
    return instances.filter((instance) => wanted.some((text) => isNamed(instance, text)))
  throw new ConfigurationError({
    code: 'UNKNOWN_INSTANCE',
    message: `${source} has no instance "${unknown}"`,
    hint: `The instances are ${instances.map((instance) => instance.name).join(', ')}.`,
  })
}

/** What the models that read a landed table assume of its records, held against the records that the probes saw. */
function fieldsOf(
  { compilation }: Workspace,
  jobs: readonly JobNode[],
  probes: readonly JobProbe[],
): readonly TableFields[] {
  const { nodes } = compilation.graph
  const landed = new Set(nodes.flatMap((node) => (node.kind === 'job' ? [node.id] : [])))
  const landedTables = nodes.flatMap((node) =>
    node.kind === 'source' && node.parents.some((parent) => landed.has(parent)) ? [node] : [],
  )
  return jobs.flatMap(({ id, name, job }): TableFields[] => {
    const table = landedTables.find(({ parents }) => parents.includes(id))
    const seen = new Set(
      probes.filter((probe) => probe.job === job).flatMap(({ facts }) => facts.fields ?? []),
    )
    if (table === undefined || seen.size === 0) return []
    const assumed = nodes.flatMap((node) => {
      if ((node.kind !== 'model' && node.kind !== 'snapshot') || !node.parents.includes(table.id)) return []
      const alone = landedTables.filter((one) => node.parents.includes(one.id)).length === 1
      return fieldsRead(node.select.full, table.relation, { alone }).map((path) => ({
        path,
        reader: node.name,
      }))
    })
    return [{ table: name, seen: seen.size, ...compareFields(assumed, [...seen].sort()) }]
  })
}

function tell(
  { terminal }: Invocation,
  { json, quiet, dryRun }: ProbeCommandOptions,
  probes: readonly JobProbe[],
  fields: readonly TableFields[],
): void {
  if (json) {
    for (const { job, instance, facts, error, requests } of probes)
      terminal.out(
        JSON.stringify({
          kind: 'endpoint',
          job: `${job.source}.${job.table}`,
          instance: instance.name,
          facts,
          requests,
          error: error === null ? null : { code: error.code, message: error.message, hint: error.hint },
        }),
      )
    for (const one of fields) terminal.out(JSON.stringify({ kind: 'fields', ...one }))
    return
  }
  for (const line of probeLines(probes, fields, terminal.columns, createColors(terminal.color)))
    terminal.out(line)
  // Of an endpoint that gave no answer there is nothing to remember.
  if (!quiet && probes.some(({ error }) => error === null))
    terminal.out(dryRun ? '\nNothing of this is remembered.' : '\nThis is remembered, and runs go by it.')
}
