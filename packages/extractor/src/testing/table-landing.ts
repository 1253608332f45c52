import {
  type Connector,
  type Database,
  type Event,
  type FileJob,
  type Instance,
  type JobStep,
  type StepOutcome,
  StrataError,
  type TableJob,
} from '@strata/core'
import { migrate } from '@strata/postgres'
import { createJobExecutor, ensureLanding, extractorMigrations, type JobExecutorOptions } from '../index.ts'
import type { TableSource } from '../table/table-source.ts'
import { landingSchema, landingTarget } from './landing-fixture.ts'

type Loaded = TableJob | FileJob

/** A database in which tables land, as the runner would have it. */
export interface TableLanding {
  readonly events: readonly Event[]
  /** Lands a job once; a failure is its error's code and message. */
  land(
    job: Loaded,
    options?: Partial<Omit<JobExecutorOptions, 'database'>> & { readonly signal?: AbortSignal },
  ): Promise<StepOutcome | string>
}

export async function prepareTableLanding(
  database: Database,
  jobs: readonly Loaded[],
  connector: Connector,
  instance: Instance,
  source: TableSource,
  onEvent: (event: Event) => void = () => {},
): Promise<TableLanding> {
  const events: Event[] = []
  await migrate(database, 'extractor', extractorMigrations)
  await ensureLanding(database, {
    landingSchema,
    connectors: [connector],
    jobs,
    instancesOf: () => [instance],
  })
  return {
    events,
    async land(job, { signal, ...options } = {}) {
      const executor = createJobExecutor({
        database,
        instancesOf: () => [instance],
        tableSourceOf: () => source,
        ...options,
      })
      try {
        return await executor(stepOf(job, connector), {
          runId: '0123456789abcdef',
          target: landingTarget,
          emit: (event) => {
            events.push(event)
            onEvent(event)
          },
          signal: signal ?? new AbortController().signal,
          clock: () => new Date(),
        })
      } catch (error) {
        if (error instanceof StrataError) return `${error.code}: ${error.message}`
        throw error
      }
    },
  }
}

function stepOf(job: Loaded, connector: Connector): JobStep {
  return {
    kind: 'job',
    id: `job.test.${job.source}.${job.table}`,
    name: `${job.source}.${job.table}`,
    parents: [],
    intent: 'land',
    reason: 'asked for',
    job,
    connector,
  }
}
