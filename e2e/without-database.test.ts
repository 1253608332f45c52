import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createModelsProject, type ModelsProject } from './run-models.ts'

const deadDatabase = { environment: { DATABASE_URL: 'postgresql://ada:s3cret-password@127.0.0.1:1/strata' } }

describe('the commands that need no database', () => {
  let project: ModelsProject
  beforeAll(() => {
    project = createModelsProject('clinical')
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
    for (const outcome of [name, path, selector, json]) expect(outcome).toMatchObject({ code: 0, stderr: '' })
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

  test.concurrent('every selector that list prints selects its node alone', async () => {
    const list = ['list', '--output', 'selector', '--resource-type', 'model', 'source', 'job']
    const listed = await project.runWith(deadDatabase, ...list)
    const selectors = listed.stdout.trimEnd().split('\n')
    expect(selectors).toHaveLength(13)
    for (const selector of ['job:clinical_conductor.patients', 'clinical.silver.patients']) {
      expect(selectors).toContain(selector)
      const alone = await project.runWith(deadDatabase, ...list, '--select', selector)
      expect(alone.stdout).toBe(`${selector}\n`)
    }
  })

  test.concurrent('debug looks at everything, and finds the database that is not there', async () => {
    const outcome = await project.runWith(deadDatabase, 'debug')
    expect(outcome.code).toBe(1)
    expect(outcome.stdout).toMatch(/^✓ project {4}clinical: 5 models, /m)
    expect(outcome.stdout).toMatch(/^✗ database {3}cannot reach the database .*\[DATABASE_UNREACHABLE\]$/m)
    expect(outcome.stdout + outcome.stderr).not.toContain('s3cret-password')
  })

  test('clean deletes the folder target and asks no database', async () => {
    const outcome = await project.runWith(deadDatabase, 'clean')
    expect(outcome.code).toBe(0)
    expect(project.exists('target')).toBe(false)
  })

  test.concurrent('without a command the help is printed, and tells how to start', async () => {
    const outcome = await project.runWith(deadDatabase)
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(outcome.stdout).toContain('models run --select +patients')
    for (const line of outcome.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })
})
