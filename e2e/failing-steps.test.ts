import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../packages/postgres/src/testing/index.ts'
import { type Simulator, startSimulator } from '../packages/simulator/src/index.ts'
import { databaseContents } from './database-contents.ts'
import { createModelsProject, type ModelsProject } from './run-models.ts'
import { stepLines } from './step-lines.ts'

describe.concurrent('failing steps', () => {
  describe.sequential('a source that does not give what it should', () => {
    let own: TestDatabase
    let project: ModelsProject
    let simulator: Simulator
    const dead = 'http://127.0.0.1:1'

    beforeAll(async () => {
      simulator = await startSimulator({ scale: 0.05 })
      project = createModelsProject('clinic')
    })
    afterAll(async () => {
      await simulator.close()
      await project.remove()
    })
    const environment = (changes: { readonly [name: string]: string }) => ({
      DATABASE_URL: own.url,
      CC_NORTH_URL: simulator.url(1),
      CC_NORTH_API_KEY: simulator.apiKey(1),
      CC_SOUTH_URL: simulator.url(2),
      CC_SOUTH_API_KEY: simulator.apiKey(2),
      ...changes,
    })

    describe('on a fresh database', () => {
      beforeAll(async () => {
        own = await createTestDatabase(inject('servers')[0]!)
      })
      afterAll(() => own.drop())

      test('because nobody is there: exit 1, the address and a remedy, and the models are skipped', async () => {
        const outcome = await project.runWith(
          { environment: environment({ CC_NORTH_URL: dead, CC_SOUTH_URL: dead }) },
          'run',
          '--select',
          '+patients',
        )
        expect(outcome.code).toBe(1)
        expect(stepLines(outcome.stdout)).toMatchObject([
          { mark: '✗', kind: 'job', name: 'clinical_conductor.patients' },
          {
            mark: '-',
            kind: 'model',
            name: 'silver.patients',
            detail: 'because clinical_conductor.patients failed',
          },
        ])
        for (const instance of ['north', 'south'])
          expect(outcome.stdout).toContain(`  ${instance}: cannot be reached at ${dead} (ECONNREFUSED)`)
        expect(outcome.stdout).not.toContain('landed only in part')
        expect(outcome.stdout).toMatch(/→ Check base_url/)
        expect(outcome.milliseconds).toBeLessThan(20_000)
        expect(await patientsOf(own)).toEqual({ bronze: '0', silver: null })
      })

      test('because one key is wrong: exit 1, the other instance lands, and what reads it is marked stale', async () => {
        const outcome = await project.runWith(
          { environment: environment({ CC_NORTH_API_KEY: 'wrong-key-of-north' }) },
          'run',
          '--select',
          '+patients',
        )
        expect(outcome.code).toBe(1)
        const [job, model] = stepLines(outcome.stdout)
        expect(job).toMatchObject({ mark: '✗', name: 'clinical_conductor.patients', rows: 50 })
        expect(model).toMatchObject({ mark: '✓', name: 'silver.patients', rows: 50 })
        expect(model!.detail).toContain('stale')
        expect(outcome.stdout).toMatch(/^ {2}north: refuses our key \(401\)$/m)
        expect(outcome.stdout).toContain('CC_NORTH_API_KEY')
        expect(await patientsOf(own)).toEqual({ bronze: '50', silver: '50' })
        const { results } = JSON.parse(project.read('target/run_results.json'))
        expect(results).toMatchObject([
          { status: 'error' },
          {
            status: 'success',
            adapter_response: { stale_because: ['job.clinical.clinical_conductor.patients'] },
          },
        ])
        const { rows } = await own.database.query<{ text: string }>(
          'select jsonb_agg(to_jsonb(s))::text as text from strata.steps as s',
        )
        for (const text of [
          outcome.stdout,
          outcome.stderr,
          project.read('target/run_results.json'),
          rows[0]!.text,
        ])
          expect(text).not.toMatch(/wrong-key-of-north|simulated-key-south/)
      })

      test('until it does again: the next run lands what was missing', async () => {
        const outcome = await project.runWith(
          { environment: environment({}) },
          'run',
          '--select',
          '+patients',
        )
        expect(outcome.code).toBe(0)
        expect(await patientsOf(own)).toEqual({ bronze: '100', silver: '100' })
      })

      test('because it has no such endpoint: the endpoint and a remedy are shown, and the rest is landed', async () => {
        const file = 'sources/clinical_conductor.yml'
        const declared = project.read(file)
        project.write(file, declared.replace('endpoint: /api/v1/sites', 'endpoint: /api/v1/nope/odata'))
        const outcome = await project.runWith(
          { environment: environment({}) },
          'run',
          '--select',
          '+sites',
          '+studies',
        )
        project.write(file, declared)
        const steps = stepLines(outcome.stdout)
        const jobOf = (name: string) => steps.find((step) => step.name === `clinical_conductor.${name}`)
        expect(jobOf('studies')).toMatchObject({ mark: '✓' })
        expect(jobOf('sites')).toMatchObject({ mark: '!', detail: expect.stringContaining('404') })
        expect(outcome.stdout).toContain('/api/v1/nope/odata')
        expect(outcome.stdout).toMatch(/check the endpoint/i)
      })

      test('because there is no simulator for it: exit 2 and those that there are', async () => {
        const outcome = await project.runWith(
          { environment: environment({}) },
          'extract',
          '--simulate',
          'stripe',
        )
        expect(outcome).toMatchObject({ code: 2, stdout: '' })
        expect(outcome.stderr).toMatch(/\[NOT_SIMULATED\]\n {2}→ .*clinical_conductor/)
      })

      test('because it is configured in part: exit 2 and the variable that is missing', async () => {
        const outcome = await project.runWith(
          { environment: environment({ CC_SOUTH_API_KEY: '' }) },
          'extract',
        )
        expect(outcome).toMatchObject({ code: 2, stdout: '' })
        expect(outcome.stderr).toMatch(
          /CC_SOUTH_API_KEY is not set \[SOURCE_NOT_CONFIGURED\]\n {2}→ Set every variable/,
        )
      })
    })
  })

  describe.sequential('SQL that Postgres refuses', () => {
    let own: TestDatabase
    let project: ModelsProject
    beforeAll(async () => {
      own = await createTestDatabase(inject('servers')[0]!)
      project = createModelsProject('wrong-column', { DATABASE_URL: own.url })
    })
    afterAll(async () => {
      await project.remove()
      await own.drop()
    })

    test('is shown with a mark under the place; children are skipped and say why, the others are built', async () => {
      const outcome = await project.run('run')
      expect(outcome.code).toBe(1)
      const steps = new Map(stepLines(outcome.stdout).map((step) => [step.name, step]))
      expect(steps.get('built.people')).toMatchObject({ mark: '✓', rows: 1 })
      expect(steps.get('built.untouched')).toMatchObject({ mark: '✓', rows: 1 })
      expect(steps.get('built.names')).toMatchObject({ mark: '✗', detail: 'UNKNOWN_COLUMN' })
      expect(steps.get('built.initials')).toMatchObject({ mark: '-', detail: 'because built.names failed' })
      expect(outcome.stdout).toContain('column "fist_name" does not exist')
      expect(outcome.stdout).toMatch(/^> 3 \| {5}fist_name\n +\| {5}\^/m)
      expect(outcome.stdout).toMatch(/4 steps, 2 succeeded, 1 failed, 1 skipped\./)
      const { results } = JSON.parse(project.read('target/run_results.json'))
      const statuses = Object.fromEntries(
        results.map((result: { unique_id: string; status: string }) => [result.unique_id, result.status]),
      )
      expect(statuses).toEqual({
        'model.wrong_column.people': 'success',
        'model.wrong_column.untouched': 'success',
        'model.wrong_column.names': 'error',
        'model.wrong_column.initials': 'skipped',
      })
    })

    test('is built once it is mended', async () => {
      project.write(
        'models/names.sql',
        "select person_id, first_name as fist_name from {{ ref('people') }}\n",
      )
      const outcome = await project.run('run')
      expect(outcome).toMatchObject({ code: 0, stderr: '' })
    })

    test('of show is an error of its own, with the place', async () => {
      const outcome = await project.run('show', '--inline', 'select nothing from built.people')
      expect(outcome.code).not.toBe(0)
      expect(outcome.stdout).toBe('')
      expect(outcome.stderr).toContain('column "nothing" does not exist')
      expect(outcome.stderr).not.toContain('This is a bug')
    })

    test('a relation that somebody else made is left alone', async () => {
      await own.database.query('drop table built.untouched')
      await own.database.query("create table built.untouched as select 'precious' as contents")
      await own.database.query('create view built.report as select 1 as one')
      project.write('models/report.sql', "{{ config(materialized='view') }}\nselect 2 as one\n")
      const before = await databaseContents(own.database)
      const outcome = await project.run('run', '--select', 'untouched', 'report')
      expect(outcome.code).toBe(1)
      expect(stepLines(outcome.stdout).map((step) => `${step.mark} ${step.detail}`)).toEqual([
        '✗ NOT_OURS',
        '✗ NOT_OURS',
      ])
      expect(outcome.stdout).toContain('Strata never replaces what it does not own.')
      expect(await databaseContents(own.database)).toEqual(before)
      const { rows } = await own.database.query(
        'select (select contents from built.untouched) as contents, (select one from built.report) as one',
      )
      expect(rows).toEqual([{ contents: 'precious', one: 1 }])
    })
  })
})

async function patientsOf({ database }: TestDatabase): Promise<unknown> {
  const bronze = await database.query<{ count: string }>('select count(*) from bronze.dim_patients_staging')
  const built = await database.query("select from pg_class where oid = to_regclass('silver.patients')")
  if (built.rowCount === 0) return { bronze: bronze.rows[0]!.count, silver: null }
  const silver = await database.query<{ count: string }>('select count(*) from silver.patients')
  return { bronze: bronze.rows[0]!.count, silver: silver.rows[0]!.count }
}
