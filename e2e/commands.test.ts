import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../packages/core/src/index.ts'
import { connect } from '../packages/postgres/src/index.ts'
import { databaseContents } from './database-contents.ts'
import { createModelsProject, type ModelsProject, type Outcome } from './run-models.ts'
import { stepLines } from './step-lines.ts'

const deadDatabase = { environment: { DATABASE_URL: 'postgresql://ada:s3cret-password@127.0.0.1:1/strata' } }

describe.concurrent('the commands', () => {
  describe.sequential('the commands on the embedded server', () => {
    let project: ModelsProject
    let emptyPlan: Outcome
    let emptyContents: readonly string[]
    let built: Outcome
    let database: Database

    beforeAll(async () => {
      project = createModelsProject('clinic')
      await project.run('db', 'start')
      emptyPlan = await project.run('plan')
      const { stdout } = await project.run('db', 'url')
      database = await connect({ url: stdout.trim(), applicationName: 'e2e' })
      emptyContents = await databaseContents(database)
      built = await project.run('run')
    })
    afterAll(async () => {
      await database?.close()
      await project.remove()
    })

    test('plan on an empty database says what a run would do, and makes nothing there', () => {
      expect(emptyPlan).toMatchObject({ code: 0, stderr: '' })
      expect(emptyPlan.stdout).toMatch(
        /^job {4}clinical_conductor\.patients +land +reached by the selection$/m,
      )
      expect(emptyPlan.stdout).toMatch(/^model {2}silver\.patients +build +\S/m)
      expect(emptyPlan.stdout).toMatch(/A run would do this on target default: 5 jobs, 5 models\.\n$/)
      expect(emptyContents).toEqual([])
    })

    test('run lands and builds everything', () => {
      expect(built).toMatchObject({ code: 0, stderr: '' })
      const steps = stepLines(built.stdout)
      expect(steps.map((step) => step.name).sort()).toEqual([
        'clinical_conductor.patients',
        'clinical_conductor.sites',
        'clinical_conductor.studies',
        'clinical_conductor.subjects',
        'gohighlevel.contacts',
        'gold.enrollment_funnel',
        'silver.patients',
        'silver.sites',
        'silver.studies',
        'silver.subjects',
      ])
      for (const step of steps) expect(step.rows).toBeGreaterThan(0)
      expect(built.stdout).toContain('10 steps, 10 succeeded.')
    })

    test('plan and plan --json touch nothing', async () => {
      const before = [await databaseContents(database), await rowsOf(database)]
      const plan = await project.run('plan')
      const json = await project.run('plan', '--json', '--select', '+patients')
      expect([await databaseContents(database), await rowsOf(database)]).toEqual(before)
      expect(plan.stdout).toMatch(/^model {2}silver\.patients +increment /m)
      expect(plan.stdout).toMatch(/^model {2}silver\.sites +rebuild /m)
      expect(JSON.parse(json.stdout)).toMatchObject({
        version: 1,
        command: 'run',
        steps: [
          { kind: 'job', intent: 'land' },
          { kind: 'model', intent: 'increment' },
        ],
      })
    })

    test('the artifacts of a run are in dbt’s shape, and hold neither secrets nor values of rows', async () => {
      const manifest = JSON.parse(project.read('target/manifest.json'))
      expect(manifest.metadata).toMatchObject({
        dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v12.json',
        adapter_type: 'postgres',
        project_name: 'clinical',
      })
      expect(manifest.nodes['model.clinical.patients']).toMatchObject({
        resource_type: 'model',
        schema: 'silver',
        config: { materialized: 'incremental' },
      })
      expect(manifest.parent_map['model.clinical.enrollment_funnel'].sort()).toEqual([
        'model.clinical.studies',
        'model.clinical.subjects',
      ])
      const results = JSON.parse(project.read('target/run_results.json'))
      expect(results.metadata.dbt_schema_version).toBe('https://schemas.getdbt.com/dbt/run-results/v6.json')
      expect(results.args).toMatchObject({ which: 'run' })
      expect(results.results.map((result: { status: string }) => result.status)).toEqual(
        Array(10).fill('success'),
      )

      const { rows } = await database.query<{
        last_name: string
        email: string | null
        phone: string | null
      }>('select last_name, email, phone from silver.patients where email is not null limit 200')
      const artifacts = project.read('target/manifest.json') + project.read('target/run_results.json')
      for (const row of rows) {
        expect(artifacts).not.toContain(row.email)
        if (row.phone !== null) expect(artifacts).not.toContain(row.phone)
      }
      expect(artifacts).not.toMatch(/postgres(ql)?:\/\/|api_?key":|127\.0\.0\.1/i)
    })

    test('test passes on what was built, with a line a test', async () => {
      const outcome = await project.run('test')
      expect(outcome).toMatchObject({ code: 0, stderr: '' })
      const lines = stepLines(outcome.stdout)
      expect(lines.length).toBeGreaterThanOrEqual(20)
      expect(new Set(lines.map((line) => `${line.mark} ${line.kind}`))).toEqual(new Set(['✓ test']))
      const results = JSON.parse(project.read('target/run_results.json'))
      expect(new Set(results.results.map((result: { status: string }) => result.status))).toEqual(
        new Set(['pass']),
      )
    })

    test('names of tests stand whole in a pipe', async () => {
      const outcome = await project.run('test', '--select', 'test_name:relationships')
      expect(
        stepLines(outcome.stdout)
          .map((line) => line.name)
          .sort(),
      ).toEqual([
        'relationships_subjects_patient_id__patient_id__ref_patients_',
        'relationships_subjects_study_id__study_id__ref_studies_',
      ])
    })

    test('a failing test exits 1, is counted, and shows no values of rows', async () => {
      project.write('tests/nobody_is_called_ada.sql', "select * from {{ ref('patients') }} limit 7\n")
      const outcome = await project.run('test', '--select', 'nobody_is_called_ada')
      expect(outcome.code).toBe(1)
      expect(stepLines(outcome.stdout)).toMatchObject([
        { mark: '✗', kind: 'test', name: 'nobody_is_called_ada' },
      ])
      expect(outcome.stdout).toMatch(/7 (rows|failures)/)
      expect(outcome.stdout).toContain('models show nobody_is_called_ada')
      const { results } = JSON.parse(project.read('target/run_results.json'))
      expect(results).toMatchObject([{ status: 'fail', failures: 7 }])
      const { rows } = await database.query<{ email: string | null }>(
        'select email from silver.patients limit 7',
      )
      for (const { email } of rows)
        if (email !== null)
          expect(outcome.stdout + project.read('target/run_results.json')).not.toContain(email)
    })

    test('show prints the first rows for people, and dots where there is nothing', async () => {
      const outcome = await project.run('show', 'patients', '--limit', '2')
      expect(outcome).toMatchObject({ code: 0, stderr: '' })
      expect(outcome.stdout).toMatch(/patient_id/)
      expect(outcome.stdout).toMatch(/\(2 rows\)\n$/)
      for (const line of outcome.stdout.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
    })

    test('db status tells of the server that runs, and db url opens it', async () => {
      const status = await project.run('db', 'status')
      expect(status).toMatchObject({ code: 0, stderr: '' })
      expect(status.stdout).toMatch(/^The embedded server runs, \d+ users? connected\.\npostgresql:\/\//)
      const { rows } = await database.query('select count(*)::int as count from silver.patients')
      expect(rows).toEqual([{ count: 2000 }])
    })

    test('debug finds all that a run needs', async () => {
      const outcome = await project.run('debug')
      expect(outcome).toMatchObject({ code: 0, stderr: '' })
      expect(outcome.stdout).toMatch(/^✓ database {3}embedded PostgreSQL 18/m)
      expect(outcome.stdout).toMatch(
        /^✓ source {5}clinical_conductor: .*simulated on the embedded database$/m,
      )
      expect(outcome.stdout).not.toContain('✗')
    })

    test('db stop refuses while somebody is connected, and stops when he has gone', async () => {
      const refused = await project.run('db', 'stop')
      expect(refused.code).toBe(2)
      expect(refused.stderr).toContain('[EMBEDDED_IN_USE]')
      expect(refused.stderr).toContain('models db stop --force')
      await database.close()
      expect(await project.run('db', 'stop')).toMatchObject({
        code: 0,
        stdout: 'The embedded server has stopped.\n',
      })
      expect(await project.run('db', 'status')).toMatchObject({
        code: 0,
        stdout: 'The embedded server does not run.\n',
      })
    })

    test('what was built is there after a stop, and gone after a reset', async () => {
      const shown = await project.run(
        'show',
        '--json',
        '--inline',
        "select count(*) from {{ ref('patients') }}",
      )
      expect(JSON.parse(shown.stdout)).toEqual({ count: '2000' })
      const refused = await project.run('db', 'reset')
      expect(refused.code).toBe(2)
      expect(refused.stderr).toContain('models db reset --yes')
      expect((await project.run('db', 'reset', '--yes')).code).toBe(0)
      const gone = await project.run('show', 'patients')
      expect(gone.code).not.toBe(0)
      expect(gone.stderr).toContain('bronze.dim_patients_staging')
      const again = await project.run('run', '--select', '+sites')
      expect(again).toMatchObject({ code: 0, stderr: '' })
      expect(again.stdout).toContain('simulated time 2024-03-01.')
    })
  })

  describe('the commands that need no database', () => {
    let project: ModelsProject
    beforeAll(() => {
      project = createModelsProject('clinic')
    })
    afterAll(() => project.remove())

    test.concurrent('compile writes the finished SQL, although the database is dead', async () => {
      const outcome = await project.runWith(deadDatabase, 'compile')
      expect(outcome).toMatchObject({ code: 0, stderr: '' })
      expect(outcome.stdout).toMatch(/^Compiled 5 models and \d+ tests to target\/compiled in \d+ ms\.\n$/)
      const sql = project.read('target/compiled/clinical/models/silver/subjects.sql')
      expect(sql).toContain('from "bronze"."dim_subjects_staging"')
      expect(sql).not.toContain('{{')
      expect(project.exists('target/manifest.json')).toBe(true)
      expect(project.exists('target/run_results.json')).toBe(false)
    })

    test.concurrent('compile of one model and of --inline prints the SQL', async () => {
      const one = await project.runWith(deadDatabase, 'compile', '--select', 'enrollment_funnel')
      expect(one).toMatchObject({ code: 0, stderr: '' })
      expect(one.stdout).toContain('from "silver"."subjects"')
      const inline = await project.runWith(
        deadDatabase,
        'compile',
        '--inline',
        "select * from {{ ref('sites') }}",
      )
      expect(inline).toMatchObject({ code: 0, stdout: 'select * from "silver"."sites"\n', stderr: '' })
    })

    test.concurrent('list prints names, paths, selectors and JSON', async () => {
      const list = (output: string) =>
        project.runWith(
          deadDatabase,
          'list',
          '--select',
          '+enrollment_funnel',
          '--resource-type',
          'model',
          '--output',
          output,
        )
      const [name, path, selector, json] = await Promise.all(['name', 'path', 'selector', 'json'].map(list))
      for (const outcome of [name, path, selector, json])
        expect(outcome).toMatchObject({ code: 0, stderr: '' })
      expect(name!.stdout).toMatch(/^model +studies\nmodel +subjects\nmodel +enrollment_funnel\n$/)
      expect(path!.stdout).toBe(
        'models/silver/studies.sql\nmodels/silver/subjects.sql\nmodels/gold/enrollment_funnel.sql\n',
      )
      expect(selector!.stdout).toBe(
        'clinical.silver.studies\nclinical.silver.subjects\nclinical.gold.enrollment_funnel\n',
      )
      const nodes = json!.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(nodes).toMatchObject([
        { kind: 'model', name: 'studies', relation: 'silver.studies' },
        { kind: 'model', name: 'subjects' },
        { kind: 'model', name: 'enrollment_funnel', path: 'models/gold/enrollment_funnel.sql' },
      ])
    })

    test.concurrent('the selectors that list prints select their nodes alone', async () => {
      const selectors = ['job:clinical_conductor.patients', 'clinical.silver.patients']
      const list = ['list', '--output', 'selector', '--resource-type', 'model', 'job']
      const all = await project.runWith(deadDatabase, ...list)
      expect(all.stdout.trimEnd().split('\n')).toEqual(expect.arrayContaining(selectors))
      const chosen = await project.runWith(deadDatabase, ...list, '--select', ...selectors)
      expect(chosen.stdout.trimEnd().split('\n')).toEqual(selectors)
    })

    test.concurrent('debug looks at everything, and finds the database that is not there', async () => {
      const outcome = await project.runWith(deadDatabase, 'debug')
      expect(outcome.code).toBe(1)
      expect(outcome.stdout).toMatch(/^✓ project {4}clinical: 5 models, /m)
      expect(outcome.stdout).toMatch(/^✗ database {3}cannot reach the database .*\[DATABASE_UNREACHABLE\]$/m)
      expect(outcome.stdout + outcome.stderr).not.toContain('s3cret-password')
    })

    test('clean deletes the folder target and asks no database', async () => {
      mkdirSync(join(project.directory, 'elsewhere/target'), { recursive: true })
      writeFileSync(join(project.directory, 'elsewhere/strata.yml'), 'name: elsewhere\n')
      const outcome = await project.runWith(deadDatabase, 'clean', '--project-dir', 'elsewhere')
      expect(outcome.code).toBe(0)
      expect(project.exists('elsewhere/target')).toBe(false)
    })

    test.concurrent('without a command the help is printed, and tells how to start', async () => {
      const outcome = await project.runWith(deadDatabase)
      expect(outcome).toMatchObject({ code: 0, stderr: '' })
      expect(outcome.stdout).toContain('models run --select +patients')
      for (const line of outcome.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    })
  })
})

async function rowsOf(database: Database): Promise<unknown> {
  const { rows } = await database.query(
    'select (select count(*) from strata.runs) as runs, (select count(*) from bronze.dw_etl_runs) as landings, (select count(*) from silver.patients) as patients',
  )
  return rows
}
