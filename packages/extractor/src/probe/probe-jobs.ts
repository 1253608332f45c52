import {
  type ApiConnector,
  type Clock,
  type Database,
  displayRelation,
  type EndpointJob,
  type Instance,
  type RelationName,
  SourceError,
} from '@strata/core'
import { createInstanceClient, type InstanceClient, type RetryPolicy } from '../http/instance-client.ts'
import { jobIdentity, type SliceParameters } from '../job-identity.ts'
import { type EndpointFacts, rememberFacts } from './endpoint-facts.ts'
import { findEmptyParents, findSlices } from './find-slice.ts'
import { probeEndpoint } from './probe-endpoint.ts'

export interface ProbeJobsOptions {
  readonly database: Database
  readonly landingSchema: string
  readonly jobs: readonly { readonly job: EndpointJob; readonly connector: ApiConnector }[]
  /** All instances of one source. */
  readonly instances: readonly Instance[]
  /** Keeps what was found, for runs; `extractorMigrations` must have been applied. */
  readonly remember: boolean
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly retryPolicy?: RetryPolicy
  /** Called as each endpoint of each instance is done. */
  readonly onProbe?: (probe: JobProbe) => void
}

/** What a probe found at one endpoint of one instance. */
export interface JobProbe {
  readonly job: EndpointJob
  readonly instance: Instance
  readonly facts: EndpointFacts
  /** Why nothing was found, or not all. */
  readonly error: SourceError | null
  readonly requests: number
}

/** Probes the endpoints of all jobs: the instances at once, one endpoint after the other in each. In the order of the jobs. */
export async function probeJobs(options: ProbeJobsOptions): Promise<readonly JobProbe[]> {
  const { jobs, instances } = options
  const ofInstance = await Promise.all(
    instances.map(async (instance) => {
      const probes: JobProbe[] = []
      const connector = jobs[0]?.connector
      if (connector === undefined) return probes
      const client = createInstanceClient({ connector, instance }, options.clock, options.retryPolicy)
      for (const { job } of jobs) {
        const probe = await probeJob(options, {
          job,
          connector,
          instance,
          client: client.forJob(jobIdentity(job)),
        })
        options.onProbe?.(probe)
        probes.push(probe)
      }
      return probes
    }),
  )
  return jobs.flatMap((_, index) => ofInstance.flatMap((probes) => probes[index] ?? []))
}

interface Place {
  readonly job: EndpointJob
  readonly connector: ApiConnector
  readonly instance: Instance
  readonly client: InstanceClient
}

async function probeJob(options: ProbeJobsOptions, place: Place): Promise<JobProbe> {
  const { database, landingSchema, remember, clock, signal } = options
  const { job, instance, client } = place
  const slicePlace = { landingSchema, job, instanceId: instance.id }
  const slices = await findSlices(database, slicePlace)
  const { facts, error } =
    slices.length === 0
      ? { facts: {}, error: noSlice(place, await findEmptyParents(database, slicePlace)) }
      : await findOut(slices, (parameters) => probeEndpoint({ ...place, parameters, clock, signal }), signal)
  if (remember && Object.keys(facts).length > 0)
    await rememberFacts(database, { landingSchema, job, instanceId: instance.id }, facts, { probed: true })
  return { job, instance, facts, error, requests: client.requests.total }
}

/** A slice that is gone says nothing of the endpoint, and one without records little. */
async function findOut(
  slices: readonly SliceParameters[],
  probe: (parameters: SliceParameters) => Promise<EndpointFacts>,
  signal: AbortSignal,
): Promise<{ readonly facts: EndpointFacts; readonly error: SourceError | null }> {
  let best: EndpointFacts = {}
  let failure: SourceError | null = null
  for (const parameters of slices) {
    try {
      const facts = await probe(parameters)
      if (best.supported !== true) best = facts
      if ((facts.pageRecords ?? 0) > 0) return { facts, error: null }
    } catch (error) {
      if (signal.aborted || !(error instanceof SourceError)) throw error
      failure ??= error
    }
  }
  return { facts: best, error: Object.keys(best).length > 0 ? null : failure }
}

function noSlice({ job, instance }: Place, empty: readonly RelationName[]): SourceError {
  const tables = empty.length > 0 ? empty : job.slices.map(({ from }) => from)
  const names = [...new Set(tables.map(displayRelation))].join(' and ')
  const places = job.slices.map(({ parameter }) => `{${parameter}}`).join(' and ')
  return new SourceError({
    code: 'NO_SLICE',
    message:
      empty.length > 0
        ? `nothing of ${instance.name} is in ${names} yet: there is nothing to put in the place of ${places}`
        : `no record of ${instance.name} in ${names} has a value for ${places}`,
    hint: `land what its slices are taken from, with \`models extract --select +${job.source}.${job.table}\`, and probe again`,
  })
}
