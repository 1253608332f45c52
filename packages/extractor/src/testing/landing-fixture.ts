import type { Connector, Database, Event, Instance, Job, JobStep, StepOutcome, Target } from '@strata/core'
import { createJobExecutor, ensureLanding, type JobExecutorOptions } from '../index.ts'

export const landingSchema = 'bronze'

/** Fast, so that a test of a failing source does not wait for it. */
export const impatient = { retries: 2, firstDelayMs: 1, maxDelayMs: 5, maxRetryAfterMs: 5_000 }

export function instance(over: Partial<Instance> & { readonly baseUrl: string }): Instance {
  return { id: 1, name: 'north', secret: 'key-of-north', simulated: true, ...over }
}

export function connector(over: Partial<Connector> = {}): Connector {
  return {
    source: 'clinic',
    kind: 'odata',
    auth: { kind: 'api_key', header: 'X-ApiKey' },
    timeoutSeconds: 10,
    concurrency: 4,
    requestIntervalMs: 0,
    instances: [
      { id: 1, name: 'north', baseUrl: { env: 'CLINIC_NORTH_URL' }, secret: { env: 'CLINIC_NORTH_KEY' } },
      { id: 2, name: 'south', baseUrl: { env: 'CLINIC_SOUTH_URL' }, secret: { env: 'CLINIC_SOUTH_KEY' } },
    ],
    ...over,
  }
}

export function job(table: string, over: Partial<Job> = {}): Job {
  return {
    source: 'clinic',
    table,
    name: table[0]!.toUpperCase() + table.slice(1),
    knownId: null,
    endpoint: `/${table}/odata`,
    target: { schema: landingSchema, name: `dim_${table}_staging` },
    key: [{ field: ['id'] }],
    slices: [],
    cursor: { field: 'modifiedDate', lookbackSeconds: 0 },
    pageSize: 1000,
    active: true,
    reason: null,
    refreshAfterSeconds: null,
    ...over,
  }
}

export const studies = job('studies', { knownId: 2, endpoint: '/api/v1/studies/odata' })
export const patients = job('patients', { knownId: 3, endpoint: '/api/v1/patients/odata', pageSize: 100 })
export const sites = job('sites', { knownId: 1, endpoint: '/api/v1/sites', cursor: null })
export const subjects = job('subjects', {
  knownId: 10,
  endpoint: '/api/v1/studies/{studyId}/subjects/odata',
  slices: [{ parameter: 'studyId', from: studies.target, path: ['id'] }],
})

export interface Landing {
  readonly database: Database
  readonly events: readonly Event[]
  /** Lands one job as the runner would. */
  land(job: Job, options?: LandOptions): Promise<StepOutcome>
}

export interface LandOptions extends Partial<Omit<JobExecutorOptions, 'database' | 'instancesOf'>> {
  readonly instances?: readonly Instance[]
  readonly signal?: AbortSignal
}

export async function prepareLanding(
  database: Database,
  jobs: readonly Job[],
  instances: readonly Instance[],
  connectorUsed: Connector = connector(),
): Promise<Landing> {
  const events: Event[] = []
  await ensureLanding(database, {
    landingSchema,
    connectors: [connectorUsed],
    jobs,
    instancesOf: () => instances,
  })
  return {
    database,
    events,
    async land(landed, { instances: chosen = instances, signal, ...options } = {}) {
      const executor = createJobExecutor({
        database,
        instancesOf: () => chosen,
        retryPolicy: impatient,
        ...options,
      })
      return await executor(stepOf(landed, connectorUsed), {
        runId: '0123456789abcdef',
        target: target,
        emit: (event) => events.push(event),
        signal: signal ?? new AbortController().signal,
        clock: () => new Date(),
      })
    },
  }
}

const target: Target = {
  name: 'default',
  database: 'strata',
  prefix: '',
  defaultSchema: 'silver',
  landingSchema,
  extract: true,
  threads: 4,
}

function stepOf(landed: Job, connectorUsed: Connector): JobStep {
  return {
    kind: 'job',
    id: `job.test.${landed.source}.${landed.table}`,
    name: `${landed.source}.${landed.table}`,
    parents: [],
    intent: 'land',
    reason: 'asked for',
    job: landed,
    connector: connectorUsed,
  }
}
