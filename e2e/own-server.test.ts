import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import {
  createTestDatabase,
  describeServers,
  type TestDatabase,
} from '../packages/postgres/src/testing/index.ts'
import { type Simulator, startSimulator } from '../packages/simulator/src/index.ts'
import { databaseContents } from './database-contents.ts'
import { createModelsProject, type ModelsProject, type Outcome } from './run-models.ts'
import { stepLines } from './step-lines.ts'

describe.concurrent('DATABASE_URL', () => {
  describeServers('a server of one’s own', (server) =>
    describe.sequential('of one’s own', () => {
      let own: TestDatabase
      let project: ModelsProject
      let simulator: Simulator
      let unconfigured: Outcome
      let untouched: readonly string[]
      let extracted: Outcome
      const ci = { environment: { STRATA_CI_ID: '7' } }

      beforeAll(async () => {
        own = await createTestDatabase(server)
        project = createModelsProject('clinic', { DATABASE_URL: own.url })
        simulator = await startSimulator({ scale: 0.05 })
        unconfigured = await project.run('run')
        untouched = await databaseContents(own.database)
        extracted = await project.run('extract', '--simulate', 'clinical_conductor')
      })
      afterAll(async () => {
        await simulator?.close()
        await project?.remove()
        await own?.drop()
      })

      test('a source that is not configured is not simulated unasked: nothing is written, exit 2 and what to set', () => {
        expect(unconfigured).toMatchObject({ code: 2, stdout: '' })
        expect(unconfigured.stderr).toMatch(/^Cannot start: .*\[SOURCE_NOT_CONFIGURED\]\n/)
        for (const remedy of [
          'CC_NORTH_URL',
          'CC_SOUTH_API_KEY',
          '--simulate clinical_conductor',
          '--no-extract',
        ])
          expect(unconfigured.stderr).toContain(remedy)
        expect(untouched).toEqual([])
        expect(project.exists('.strata/postgres')).toBe(false)
      })

      test('extract --simulate lands every job, and builds nothing', async () => {
        expect(extracted).toMatchObject({ code: 0, stderr: '' })
        const steps = stepLines(extracted.stdout).map(({ mark, kind, name }) => `${mark} ${kind} ${name}`)
        const landed = ['patients', 'sites', 'studies', 'subjects'].map(
          (name) => `clinical_conductor.${name}`,
        )
        expect(steps.toSorted()).toEqual([
          '- job gohighlevel.contacts',
          ...landed.map((name) => `✓ job ${name}`),
        ])
        expect(extracted.stdout).toContain('gohighlevel is left out: GHL_TOKEN, GHL_LOCATION_ID are not set.')
        const schemas = (await databaseContents(own.database)).filter((name) => name.startsWith('schema '))
        expect(schemas).toEqual(['schema bronze', 'schema strata'])
        const { rows } = await own.database.query(
          'select name, is_simulated from bronze.dw_api_credentials order by id',
        )
        expect(rows).toEqual([
          { name: 'north', is_simulated: true },
          { name: 'south', is_simulated: true },
        ])
      })

      test('run --target ci builds from bronze in schemas of its own and lands nothing; clean removes exactly these', async () => {
        const before = await databaseContents(own.database)
        const landings = await landingsOf(own)
        const built = await project.runWith(ci, 'run', '--target', 'ci')
        expect(built).toMatchObject({ code: 0, stderr: '' })
        expect(
          stepLines(built.stdout)
            .map((step) => step.name)
            .sort(),
        ).toEqual([
          'ci_7_gold.enrollment_funnel',
          'ci_7_silver.patients',
          'ci_7_silver.sites',
          'ci_7_silver.studies',
          'ci_7_silver.subjects',
        ])
        expect(built.stdout).toContain('models show enrollment_funnel --target ci')
        expect(await landingsOf(own)).toEqual(landings)
        const during = await databaseContents(own.database)
        expect(during.filter((name) => name.startsWith('schema '))).toEqual([
          'schema bronze',
          'schema ci_7_gold',
          'schema ci_7_silver',
          'schema strata',
        ])

        const tests = await project.runWith(ci, 'test', '--target', 'ci', '--quiet')
        expect(tests).toMatchObject({ code: 0, stdout: '', stderr: '' })

        const cleaned = await project.runWith(ci, 'clean', '--target', 'ci')
        expect(cleaned).toMatchObject({ code: 0, stderr: '' })
        expect(cleaned.stdout).toContain('Target ci: 7 objects dropped, 0 kept.')
        expect(await databaseContents(own.database)).toEqual(before)
      })

      test('clean keeps what somebody else put into a schema of ours, and the schema, and says so', async () => {
        const before = await databaseContents(own.database)
        await project.runWith(ci, 'run', '--target', 'ci', '--select', 'patients')
        await own.database.query('create table ci_7_silver.notes as select 1 as note')
        await own.database.query('create view public.report as select count(*) from ci_7_silver.patients')

        const cleaned = await project.runWith(ci, 'clean', '--target', 'ci')
        expect(cleaned.code).toBe(1)
        expect(cleaned.stderr).toMatch(/^kept {5}table ci_7_silver\.patients: .*report/m)
        expect(cleaned.stderr).toMatch(/^kept {5}schema ci_7_silver: .*notes/m)
        const { rows } = await own.database.query(
          'select (select note from ci_7_silver.notes) as note, (select count > 0 from public.report) as report',
        )
        expect(rows).toEqual([{ note: 1, report: true }])

        await own.database.query('drop view public.report')
        await own.database.query('drop table ci_7_silver.notes')
        expect((await project.runWith(ci, 'clean', '--target', 'ci')).code).toBe(0)
        expect(await databaseContents(own.database)).toEqual(before)
      })

      test('records of a real instance are refused where simulated ones have landed', async () => {
        const before = await landingsOf(own)
        const outcome = await project.runWith({ environment: realSource(simulator) }, 'extract')
        expect(outcome).toMatchObject({ code: 2, stdout: '' })
        expect(outcome.stderr).toMatch(/^Cannot start: .*\[MIXED_SIMULATED\]\n/)
        expect(outcome.stderr).toMatch(/→ Use a database of its own/)
        expect(await landingsOf(own)).toEqual(before)
        expect(simulator.requests.total).toBe(0)
      })
    }),
  )

  describe.sequential('a real source and a server of one’s own', () => {
    let own: TestDatabase
    let project: ModelsProject
    let simulator: Simulator

    beforeAll(async () => {
      own = await createTestDatabase(inject('servers').at(-1)!)
      simulator = await startSimulator({ scale: 0.05 })
      project = createModelsProject('clinic', { DATABASE_URL: own.url, ...realSource(simulator) })
    })
    afterAll(async () => {
      await simulator?.close()
      await project?.remove()
      await own?.drop()
    })

    test('what lands one source makes the tables of all, so that models of the others find no rows', async () => {
      expect(await project.run('extract', '--select', 'source:clinical_conductor.sites')).toMatchObject({
        code: 0,
        stderr: '',
      })
      expect(
        await project.run('show', '--inline', "select count(*) from {{ source('gohighlevel', 'contacts') }}"),
      ).toMatchObject({ code: 0 })
    })

    test('run lands it and builds every model, and writes its keys nowhere', async () => {
      const outcome = await project.run('run')
      expect(outcome, outcome.stderr).toMatchObject({ code: 0, stderr: '' })
      expect(outcome.stdout).not.toContain('simulated')
      expect(
        stepLines(outcome.stdout)
          .map((step) => step.mark)
          .toSorted(),
      ).toEqual(['-', ...Array(9).fill('✓')])
      expect(outcome.stdout).toMatch(/- job +gohighlevel\.contacts .* not configured/)
      const written =
        outcome.stdout + project.read('target/manifest.json') + project.read('target/run_results.json')
      const { rows } = await own.database.query<{ everything: string }>(
        'select (select jsonb_agg(to_jsonb(c)) from bronze.dw_api_credentials as c)::text || (select jsonb_agg(to_jsonb(s)) from strata.steps as s)::text as everything',
      )
      for (const { apiKey } of simulator.instances)
        expect(written + rows[0]!.everything).not.toContain(apiKey)
    })

    test('a second run asks for what has changed, and lands exactly that', async () => {
      const from = simulator.clock.now()
      simulator.clock.advance(3 * 24 * 60 * 60 * 1000)
      const to = simulator.clock.now()
      const outcome = await project.run('run', '--select', '+patients', '--json')
      expect(outcome.code).toBe(0)
      const changes = [1, 2].map((instance) => simulator.changesBetween('patients', instance, from, to))
      const inserted = changes.reduce((sum, each) => sum + each.inserted, 0)
      const changed = changes.reduce((sum, each) => sum + each.changed, 0)
      expect(inserted + changed).toBeGreaterThan(0)
      const { results } = JSON.parse(project.read('target/run_results.json'))
      expect(results[0].adapter_response.counts).toMatchObject({ inserted, changed })
      expect(results[1].adapter_response.counts).toMatchObject({ inserted, changed })
    })

    test('the simulator is refused where real records have landed', async () => {
      const outcome = await project.run('extract', '--simulate', 'clinical_conductor')
      expect(outcome).toMatchObject({ code: 2, stdout: '' })
      expect(outcome.stderr).toContain('[MIXED_SIMULATED]')
    })
  })
})

function realSource(simulator: Simulator): { readonly [name: string]: string } {
  return {
    CC_NORTH_URL: simulator.url(1),
    CC_NORTH_API_KEY: simulator.apiKey(1),
    CC_SOUTH_URL: simulator.url(2),
    CC_SOUTH_API_KEY: simulator.apiKey(2),
  }
}

async function landingsOf({ database }: TestDatabase): Promise<unknown> {
  const { rows } = await database.query(
    'select (select count(*) from bronze.dw_etl_runs) as runs, (select count(*) from bronze.dim_patients_staging) as patients, (select max(loaded_at) from bronze.dim_patients_staging) as latest',
  )
  return rows
}
