import {
  type ApiConnector,
  ConfigurationError,
  type EndpointJob,
  isApi,
  type JobNode,
  type Node,
} from '@strata/core'
import type { JobInstance } from '@strata/extractor'
import type { Invocation, SelectionOptions } from './invocation.ts'
import { meantJob } from './job-names.ts'
import { selectNodes } from './select-nodes.ts'
import type { Workspace } from './workspace.ts'

/** Who writes `source:crm+` means the jobs that land it; what got new rows (`source_status:`) has been landed. */
export function namesSources({ select = [] }: SelectionOptions): boolean {
  return select.some((words) => /(?:^|[\s,@+\d])source:/.test(words))
}

/** Who selects a source table means the job that lands it. */
export function withJobsOfSources<
  T extends { readonly id: string; readonly kind: string; readonly parents: readonly string[] },
>(selected: readonly T[], nodes: readonly T[]): readonly T[] {
  const wanted = new Set(
    selected.flatMap((node) => (node.kind === 'source' ? [node.id, ...node.parents] : [node.id])),
  )
  return nodes.filter((node) => wanted.has(node.id))
}

/**
 * The jobs of a selection; with names, those of them that land these sources (`crm`) and tables (`crm.visits`).
 * Throws `ConfigurationError` `UNKNOWN_SOURCE`.
 */
export async function selectJobs(
  invocation: Invocation,
  workspace: Workspace,
  options: SelectionOptions,
  names: readonly string[],
): Promise<readonly JobNode[]> {
  const { nodes } = workspace.compilation.graph
  const selected = withJobsOfSources(await selectNodes(invocation, workspace, options, 'job'), nodes)
  const jobs = selected.flatMap((node) => (node.kind === 'job' ? [node] : []))
  if (names.length === 0) return jobs
  const isNamed = (node: JobNode, name: string) => node.job.source === name || node.name === name
  const unknown = names.find((name) => !jobsOf(nodes).some((node) => isNamed(node, name)))
  if (unknown !== undefined) throw unknownSource(unknown, jobsOf(nodes))
  return jobs.filter((node) => names.some((name) => isNamed(node, name)))
}

export function jobsOf(nodes: readonly Node[]): readonly JobNode[] {
  return nodes.flatMap((node) => (node.kind === 'job' ? [node] : []))
}

/** A job of an API. */
export interface EndpointJobNode extends JobNode {
  readonly job: EndpointJob
  readonly connector: ApiConnector
}

/** Those of them that ask an API, which can be probed. */
export function endpointsOf(jobs: readonly JobNode[]): readonly EndpointJobNode[] {
  return jobs.flatMap((node) => {
    const { job, connector } = node
    return job.kind === 'endpoint' && isApi(connector) ? [{ ...node, job, connector }] : []
  })
}

/** Each job with each instance that its source declares. */
export function instancesOfJobs(jobs: readonly JobNode[]): readonly JobInstance[] {
  return jobs.flatMap(({ job, connector }) => connector.instances.map(({ id }) => ({ job, instanceId: id })))
}

function unknownSource(name: string, jobs: readonly JobNode[]): ConfigurationError {
  const sources = [...new Set(jobs.map(({ job }) => job.source))]
  const tables = jobs.filter(({ job }) => name.startsWith(`${job.source}.`)).map((node) => node.name)
  return new ConfigurationError({
    code: 'UNKNOWN_SOURCE',
    message: `no job lands "${name}"`,
    hint:
      sources.length === 0
        ? 'A table of a source is landed by the job: that stands with it.'
        : (meantJob(name, jobs) ?? `There is ${(tables.length > 0 ? tables : sources).join(', ')}.`),
  })
}
