import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buildPlan, type Compilation, compile, readProject } from '@strata/compiler'
import type { Database, DataTestStep, Json, Plan, RunResult, StepResult } from '@strata/core'
import { createTestDatabase } from '@strata/postgres/testing'
import { createDataTestExecutor, run } from '@strata/runner'
import { lateTemplates } from '../src/late-templates.ts'
import { runnerState } from './migrated-database.ts'
import { target } from './publish-fixture.ts'

/** A fresh database with the runner's schema, and a project about tables in it that are there. */
export interface DataTestFixture {
  readonly database: Database
  compile(files: { readonly [path: string]: string }, options?: CompileSettings): Promise<Compilation>
  /** The plan of `models test` over a project. */
  plan(files: { readonly [path: string]: string }, options?: CompileSettings): Promise<Plan>
  /** Runs the data tests of a project. */
  test(files: { readonly [path: string]: string }, options?: CompileSettings): Promise<RunResult>
  rows(sql: string): Promise<readonly Record<string, unknown>[]>
  /** One statement each. */
  execute(...statements: readonly string[]): Promise<void>
  drop(): Promise<void>
}

export interface CompileSettings {
  readonly storeFailures?: boolean
  readonly vars?: { readonly [name: string]: Json }
}

export async function openDataTestFixture(
  server: Parameters<typeof createTestDatabase>[0],
): Promise<DataTestFixture> {
  const { database, drop } = await createTestDatabase(server, runnerState)
  const folders: string[] = []
  const fixture: DataTestFixture = {
    database,
    async compile(files, options = {}) {
      const folder = mkdtempSync(join(tmpdir(), 'strata-tests-'))
      folders.push(folder)
      for (const [path, text] of Object.entries({ 'strata.yml': 'name: shop\n', ...files })) {
        mkdirSync(dirname(join(folder, path)), { recursive: true })
        writeFileSync(join(folder, path), text)
      }
      const compilation = compile(await readProject(folder), {
        target,
        vars: {},
        environmentVariable: () => undefined,
        runStartedAt: new Date('2026-01-02T03:04:05Z'),
        invocationId: 'test',
        fullRefresh: false,
        command: 'test',
        log: () => {},
        ...options,
      })
      const errors = compilation.diagnostics.filter(({ severity }) => severity === 'error')
      if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'))
      return compilation
    },
    async plan(files, options = {}) {
      const { graph } = await fixture.compile(files, options)
      return planOf(graph, options)
    },
    async test(files, options = {}) {
      const compilation = await fixture.compile(files, options)
      const late = lateTemplates(compilation.late)
      return run(planOf(compilation.graph, options), {
        database,
        executors: { data_test: createDataTestExecutor({ database, renderLate: late.test }) },
        clock: () => new Date(),
        emit: () => {},
        signal: new AbortController().signal,
        threads: 2,
      })
    },
    rows: async (sql) => (await database.query(sql)).rows,
    async execute(...statements) {
      for (const statement of statements) await database.query(statement)
    },
    async drop() {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
      await drop()
    },
  }
  return fixture
}

function planOf(graph: Compilation['graph'], { storeFailures }: CompileSettings): Plan {
  return buildPlan(graph, graph.nodes, {
    command: 'test',
    target,
    kinds: ['data_test'],
    fullRefresh: false,
    ...(storeFailures === undefined ? {} : { storeFailures }),
  })
}

export function testSteps({ steps }: Plan): readonly DataTestStep[] {
  return steps.filter((step): step is DataTestStep => step.kind === 'data_test')
}

/** The source table `s.t`, with tests of its columns and of itself as YAML. */
export function sourceTests(columns: { readonly [name: string]: string }, table = ''): string {
  const list = Object.entries(columns).map(([name, tests]) => `{ name: ${name}, data_tests: [${tests}] }`)
  return `sources: [{ name: s, tables: [{ name: t, data_tests: [${table}], columns: [${list.join(', ')}] }] }]\n`
}

/** `not_null_t_id failed 2 failing rows` of each result, by name. */
export function told({ results }: Pick<RunResult, 'results'>): readonly string[] {
  return results.map(({ name, status, message }: StepResult) => `${name} ${status}: ${message}`).toSorted()
}
