import type {
  ApiConnector,
  Cursor,
  Database,
  EndpointJob,
  Event,
  Instance,
  InstanceDeclaration,
  JobStep,
  StepOutcome,
  Target,
} from '@strata/core'
import { connectorDefaults, cursorDefaults, jobDefaults } from '@strata/core'
import { createJobExecutor, ensureLanding, type JobExecutorOptions } from '../index.ts'

export const landingSchema = 'bronze'

/** Fast, so that a test of a failing source does not wait for it. */
export const impatient = { retries: 2, firstDelayMs: 1, maxDelayMs: 5 }

export function instance(over: Partial<Instance> & { readonly address: string }): Instance {
  return {
    id: 1,
    name: 'north',
    credentials: { api_key: 'key-of-north' },
    parameters: {},
    simulated: true,
    ...over,
  }
}

export function connector(over: Partial<ApiConnector> = {}): ApiConnector {
  return {
    ...connectorDefaults,
    source: 'clinic',
    timeoutSeconds: 10,
    maxRetryAfterSeconds: 5,
    instances: [declared(1, 'north'), declared(2, 'south')],
    ...over,
  }
}

function declared(id: number, name: string): InstanceDeclaration {
  return {
    id,
    name,
    address: { env: `CLINIC_${name.toUpperCase()}_URL` },
    credentials: { api_key: { env: `CLINIC_${name.toUpperCase()}_KEY` } },
    parameters: {},
  }
}

export function job(table: string, over: Partial<EndpointJob> = {}): EndpointJob {
  return {
    ...jobDefaults,
    source: 'clinic',
    table,
    name: table[0]!.toUpperCase() + table.slice(1),
    endpoint: `/${table}/odata`,
    target: { schema: landingSchema, name: `dim_${table}_staging` },
    cursor: cursor(),
    ...over,
  }
}

export function cursor(over: Partial<Cursor> = {}): Cursor {
  return {
    ...cursorDefaults,
    field: 'modifiedDate',
    lookbackSeconds: 0,
    ...over,
  }
}

export const studies = job('studies', { knownId: 2, endpoint: '/api/v1/studies/odata' })
export const patients = job('patients', { knownId: 3, endpoint: '/api/v1/patients/odata', pageSize: 100 })
export const sites = job('sites', { knownId: 1, endpoint: '/api/v1/sites', cursor: null })
export const subjects = job('subjects', {
  knownId: 10,
  endpoint: '/api/v1/studies/{studyId}/subjects/odata',
  slices: [{ parameter: 'studyId', from: studies.target, path: ['id'], match: {} }],
})

export interface Landing {
  readonly database: Database
  readonly events: readonly Event[]
  /** Lands one job as the runner would. */
  land(job: EndpointJob, options?: LandOptions): Promise<StepOutcome>
}

export interface LandOptions extends Partial<Omit<JobExecutorOptions, 'database' | 'instancesOf'>> {
  readonly instances?: readonly Instance[]
  readonly signal?: AbortSignal
}

export async function prepareLanding(
  database: Database,
  jobs: readonly EndpointJob[],
  instances: readonly Instance[],
  connectorUsed: ApiConnector = connector(),
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
        target: landingTarget,
        emit: (event) => events.push(event),
        signal: signal ?? new AbortController().signal,
        clock: () => new Date(),
      })
    },
  }
}

export const landingTarget: Target = {
  name: 'default',
  database: 'strata',
  prefix: '',
  defaultSchema: 'silver',
  landingSchema,
  extract: true,
  threads: 4,
}

export function stepOf(landed: EndpointJob, connectorUsed: ApiConnector): JobStep {
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
