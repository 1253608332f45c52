import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Database } from '../../packages/core/src/index.ts'
import { createTestDatabase, type TestDatabase } from '../../packages/postgres/src/testing/index.ts'
import { type Simulator, startSimulator } from '../../packages/simulator/src/index.ts'
import { createModelsProject, type ModelsProject, type Outcome } from '../run-models.ts'
import { stepLines } from '../step-lines.ts'
import { forgetRecords, landRecords, reviseRecords } from './unserved-records.ts'

const day = 24 * 60 * 60 * 1000

interface Model {
  readonly name: string
  readonly relation: string
  readonly config: { readonly materialized: string; readonly merge_exclude_columns?: readonly string[] }
}

let own: TestDatabase
let database: Database
let simulator: Simulator
let project: ModelsProject

beforeAll(async () => {
  own = await createTestDatabase(inject('servers').at(-1)!)
  database = own.database
  simulator = await startSimulator({ scale: 0.02 })
  project = createModelsProject('clinical', {
    DATABASE_URL: own.url,
    CC_NORTH_URL: simulator.url(1),
    CC_NORTH_API_KEY: simulator.apiKey(1),
    CC_SOUTH_URL: simulator.url(2),
    CC_SOUTH_API_KEY: simulator.apiKey(2),
  })
})
afterAll(async () => {
  await project?.remove()
  await simulator?.close()
  await own?.drop()
})

test('records land, and every model is built', async () => {
  await succeeds('extract')
  await landRecords(database)
  await succeeds('run', '--no-extract')
})

test('records come and change, and a run builds no model anew; jobs that are not active are told in one line', async () => {
  simulator.clock.advance(6 * day)
  edit()
  await reviseRecords(database)
  const { stdout } = await succeeds('run')
  expect(stdout).toMatch(/^- job +\d+ are not active; models list --resource-type job says why\.$/m)
  expect(stdout).not.toContain('endpoint unknown')
  const models = stepLines(stdout).filter(({ kind }) => kind === 'model')
  expect(models.filter(({ detail }) => /incremental/.test(detail)).length).toBeGreaterThanOrEqual(32)
})

test('what nobody can read is null, and stops nothing', async () => {
  const { rows } = await database.query(`
    select
      (select count(*)::int from silver.patients where last_name = 'Unreadable' and date_of_birth is null) as births,
      (select count(*)::int from silver.visits where name = 'Unreadable' and stipend is null and target_day is null) as stipends,
      (select count(*)::int from silver.appointments where notes = 'Unreadable' and start_date is null) as times`)
  expect(rows).toEqual([{ births: 2, stipends: 2, times: 2 }])
})

test('records that are gone from the source leave', async () => {
  simulator.clock.advance(4 * day)
  const gone = remove()
  // They are found by walks over everything.
  await succeeds(
    'extract',
    '--full-refresh',
    '--select',
    ...gone.map((table) => `clinical_conductor.${table}`),
  )
  await forgetRecords(database)
  await succeeds('run', '--no-extract')
  const { rows } = await database.query(`
    select count(*)::int as gone from bronze.dim_patients_staging as b
    where deleted_at is not null and not exists (
      select from silver.patients as p where p.source_patient_id = b.data->>'id' and p.source_instance_id = b.source_instance_id)`)
  expect(rows).toEqual([{ gone: 2 }])
})

test('every incremental model equals its own full refresh after all that', async () => {
  await succeeds('run', '--target', 'dev', '--no-extract')
  const incremental = (await models()).filter(({ config }) => config.materialized === 'incremental')
  expect(incremental.length).toBeGreaterThanOrEqual(32)
  const differences: unknown[] = []
  const empty: string[] = []
  for (const { relation, config } of incremental) {
    // What a model keeps from the first time on is no part of what it computes.
    const columns = await columnsOf(relation, ['changed_xid', ...(config.merge_exclude_columns ?? [])])
    const missing = (from: string, other: string) =>
      `select count(*) from (select ${columns} from ${from} except all select ${columns} from ${other}) as missing`
    const { rows } = await database.query<{ kept: string; fresh: string; rows: string }>(`select
      (${missing(relation, `dev_ada_${relation}`)}) as kept, (${missing(`dev_ada_${relation}`, relation)}) as fresh,
      (select count(*) from ${relation}) as rows`)
    const { kept, fresh, rows: count } = rows[0]!
    if (kept !== '0' || fresh !== '0') differences.push({ relation, kept, fresh })
    if (count === '0') empty.push(relation)
  }
  expect(differences).toEqual([])
  expect(empty, 'a model without rows proves nothing').toEqual([])
})

async function succeeds(...words: readonly string[]): Promise<Outcome> {
  const outcome = await project.run(...words)
  expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 0 })
  return outcome
}

async function models(): Promise<readonly Model[]> {
  const { stdout } = await succeeds('list', '--resource-type', 'model', '--output', 'json')
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Model)
}

async function columnsOf(relation: string, without: readonly string[]): Promise<string> {
  const { rows } = await database.query<{ columns: string }>({
    text: `select string_agg(quote_ident(attname), ', ' order by attnum) as columns from pg_attribute
      where attrelid = $1::regclass and attnum > 0 and not attisdropped and attname <> all ($2)`,
    values: [relation, without],
  })
  return rows[0]!.columns
}

/** Records come and change at both instances, some to what no type takes. */
function edit(): void {
  for (const instance of [1, 2]) {
    const apply = (kind: 'edit' | 'insert', entity: string, count: number, fields = {}) =>
      simulator.apply({ kind, entity, instance, count, fields })
    apply('edit', 'patients', 1, { lastName: 'Unreadable', dateOfBirth: '2023-02-30' })
    apply('edit', 'visits', 1, { name: 'Unreadable', stipend: '$ 75', targetDay: 'soon' })
    apply('edit', 'appointments', 1, { notes: 'Unreadable', startDate: '2024-03-01T25:61:00Z' })
    apply('edit', 'patients', 3, { lastName: 'Renamed' })
    apply('edit', 'sites', 1, { name: 'A Clinic by Another Name' })
    apply('edit', 'staff', 1, { lastName: 'Renamed' })
    apply('edit', 'elements', 2, { category: 'Laboratory' })
    apply('edit', 'patient_visits', 5, { status: 'Completed', completedDate: '2024-03-05' })
    apply('edit', 'appointments', 5, { status: 'No Show' })
    apply('insert', 'patients', 2)
    apply('insert', 'subjects', 1, { study: { id: 4001 } })
  }
}

/** Parents and children go, each for itself. Gives the tables that held them. */
function remove(): readonly string[] {
  const tables = ['patients', 'subjects', 'patient_visits', 'appointments', 'staff', 'elements', 'queries']
  for (const instance of [1, 2])
    for (const entity of tables) simulator.apply({ kind: 'delete', entity, instance, count: 1 })
  return tables
}
