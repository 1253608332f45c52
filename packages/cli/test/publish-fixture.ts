import { createHash } from 'node:crypto'
import { materialize } from '@strata/compiler'
import type {
  Clock,
  Database,
  Event,
  Fragment,
  IncrementEdge,
  Json,
  Materialization,
  Materialize,
  ModelStep,
  Plan,
  RelationName,
  RunResult,
  Step,
  StepResult,
  Target,
} from '@strata/core'
import { prepareFactsFunction, readRelationFacts } from '@strata/postgres'
import { createTestDatabase } from '@strata/postgres/testing'
import { createDataTestExecutor, createModelExecutor, run } from '@strata/runner'
import { runnerState } from './migrated-database.ts'

export const target: Target = {
  name: 'test',
  database: 'strata',
  prefix: '',
  defaultSchema: 'silver',
  landingSchema: 'bronze',
  extract: false,
  threads: 2,
}

export interface RunSettings {
  readonly materialize?: Materialize
  readonly target?: Target
  readonly signal?: AbortSignal
  readonly onEvent?: (event: Event) => void
  readonly exchangeTries?: number
  readonly clock?: Clock
}

/** A fresh database with the runner's schema, and a bronze table whose rows carry the transaction that wrote them. */
export interface PublishFixture {
  readonly database: Database
  run(steps: readonly Step[], settings?: RunSettings): Promise<RunResult>
  /** Runs one model and returns how it ended. */
  publish(step: Step, settings?: RunSettings): Promise<StepResult>
  rows(sql: string): Promise<readonly Record<string, unknown>[]>
  /** One statement each. */
  execute(...statements: readonly string[]): Promise<void>
  drop(): Promise<void>
}

export async function openPublishFixture(
  server: Parameters<typeof createTestDatabase>[0],
): Promise<PublishFixture> {
  const { database, drop } = await createTestDatabase(server, runnerState)
  const fixture: PublishFixture = {
    database,
    async run(steps, settings = {}) {
      const plan: Plan = { version: 1, command: 'run', target: settings.target ?? target, steps }
      return run(plan, {
        database,
        executors: {
          model: createModelExecutor({
            database,
            materialize: settings.materialize ?? materialize,
            readFacts: readRelationFacts,
            prepareFacts: prepareFactsFunction,
            lockTimeoutMs: 50,
            ...(settings.exchangeTries === undefined ? {} : { exchangeTries: settings.exchangeTries }),
          }),
          data_test: createDataTestExecutor({ database }),
        },
        clock: settings.clock ?? (() => new Date()),
        emit: settings.onEvent ?? (() => {}),
        signal: settings.signal ?? new AbortController().signal,
        threads: 2,
      })
    },
    async publish(step, settings) {
      const result = await fixture.run([step], settings)
      return result.results[0]!
    },
    async rows(sql) {
      const { rows } = await database.query(sql)
      return rows
    },
    async execute(...statements) {
      for (const statement of statements) await database.query(statement)
    },
    drop,
  }
  await fixture.execute(
    'create schema bronze',
    `create table bronze.patients (id text, name text, updated_at timestamptz default now(),
       changed_xid xid8 not null default pg_current_xact_id())`,
    'create index on bronze.patients (changed_xid)',
  )
  return fixture
}

export interface ModelSettings {
  readonly materialized?: Materialization
  readonly key?: readonly string[]
  readonly config?: { readonly [option: string]: Json }
  readonly parents?: readonly string[]
  readonly increments?: readonly IncrementEdge[]
  readonly increment?: readonly Fragment[]
  readonly fullRefresh?: boolean
  readonly description?: string
  readonly columnDescriptions?: { readonly [column: string]: string }
  readonly schema?: string
}

/** A model's step, `silver.<name>` unless the settings say otherwise. */
export function model(name: string, select: string, settings: ModelSettings = {}): ModelStep {
  const relation: RelationName = { schema: settings.schema ?? 'silver', name }
  const config = {
    materialized: settings.materialized ?? 'view',
    uniqueKey: settings.key ?? [],
    enabled: true,
    ...settings.config,
  }
  const compiled = { full: select, increment: settings.increment ?? null }
  return {
    kind: 'model',
    id: `model.test.${name}`,
    name: `${relation.schema}.${name}`,
    parents: settings.parents ?? [],
    intent: 'build',
    reason: '',
    relation,
    config,
    select: compiled,
    late: false,
    preHooks: [],
    postHooks: [],
    increments: settings.increments ?? [],
    fingerprint: createHash('md5')
      .update(JSON.stringify([compiled, config]))
      .digest('hex'),
    fullRefresh: settings.fullRefresh ?? false,
    description: settings.description ?? '',
    columnDescriptions: settings.columnDescriptions ?? {},
  }
}

export const bronzePatients: IncrementEdge = {
  parent: 'source.test.bronze.patients',
  relation: { schema: 'bronze', name: 'patients' },
}

/** `silver.patients`: reads the increment of `bronze.patients`, merged by id. */
export function incrementalPatients(settings: ModelSettings = {}): ModelStep {
  return model('patients', 'select id, name from "bronze"."patients"', {
    materialized: 'incremental',
    key: ['id'],
    increments: [bronzePatients],
    increment: ['select id, name from ', { incrementOf: bronzePatients.parent }],
    ...settings,
  })
}
