import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buildPlan, compile, materialize, materializeSeed, readProject } from '@strata/compiler'
import type { Database, Event, Node, Plan, RunResult } from '@strata/core'
import { quarantineRecords } from '@strata/extractor'
import { prepareFactsFunction, readRelationFacts } from '@strata/postgres'
import { createTestDatabase } from '@strata/postgres/testing'
import {
  createAskTests,
  createDataTestExecutor,
  createModelExecutor,
  createSeedExecutor,
  run,
} from '@strata/runner'
import { lateTemplates } from '../src/late-templates.ts'
import { wholeState } from './migrated-database.ts'
import { target } from './publish-fixture.ts'

/** A fresh database with the runner's schema, in which projects are built as `models build` does. */
export interface BuildFixture {
  readonly database: Database
  build(files: { readonly [path: string]: string }, settings?: BuildSettings): Promise<RunResult>
  rows(sql: string): Promise<readonly Record<string, unknown>[]>
  /** One statement each. */
  execute(...statements: readonly string[]): Promise<void>
  drop(): Promise<void>
}

export interface BuildSettings {
  /** Default: all nodes. */
  readonly chosen?: (node: Node) => boolean
  /** Whether what jobs have landed is this target's. Default: not. */
  readonly extract?: boolean
  readonly onPlan?: (plan: Plan) => void
  readonly onEvent?: (event: Event) => void
}

const now = new Date('2026-01-02T03:04:05Z')

export async function openBuildFixture(
  server: Parameters<typeof createTestDatabase>[0],
): Promise<BuildFixture> {
  const { database, drop } = await createTestDatabase(server, wholeState)
  const folder = mkdtempSync(join(tmpdir(), 'strata-build-'))
  return {
    database,
    async build(files, { chosen = () => true, extract = false, onPlan = () => {}, onEvent = () => {} } = {}) {
      rmSync(folder, { recursive: true })
      for (const [path, text] of Object.entries({ 'strata.yml': 'name: shop\n', ...files })) {
        mkdirSync(dirname(join(folder, path)), { recursive: true })
        writeFileSync(join(folder, path), text)
      }
      const compilation = compile(await readProject(folder), {
        target,
        vars: {},
        environmentVariable: () => undefined,
        runStartedAt: now,
        invocationId: 'build',
        fullRefresh: false,
        command: 'build',
        log: () => {},
      })
      const errors = compilation.diagnostics.filter(({ severity }) => severity === 'error')
      if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'))
      const { graph } = compilation
      const plan = buildPlan(graph, graph.nodes.filter(chosen), {
        command: 'build',
        target: { ...target, extract },
        kinds: ['seed', 'model', 'data_test'],
        fullRefresh: false,
      })
      onPlan(plan)
      const late = lateTemplates(compilation.late)
      const askTests = createAskTests({ database, renderLate: late.test })
      const relations = {
        database,
        readFacts: readRelationFacts,
        prepareFacts: prepareFactsFunction,
        renderHook: late.hook,
        askTests,
      }
      return run(plan, {
        database,
        executors: {
          model: createModelExecutor({
            ...relations,
            materialize,
            renderLate: late.model,
            isIncremental: late.isIncremental,
          }),
          seed: createSeedExecutor({
            ...relations,
            materializeSeed,
            open: (file) => createReadStream(join(folder, file)),
          }),
          data_test: createDataTestExecutor({
            database,
            renderLate: late.test,
            quarantine: quarantineRecords,
          }),
        },
        clock: () => now,
        emit: onEvent,
        signal: new AbortController().signal,
        threads: 2,
      })
    },
    rows: async (sql) => (await database.query(sql)).rows,
    async execute(...statements) {
      for (const statement of statements) await database.query(statement)
    },
    async drop() {
      rmSync(folder, { recursive: true, force: true })
      await drop()
    },
  }
}
