import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject, type Outcome } from './run-models.ts'
import { stepLines } from './step-lines.ts'

const unitTests = `unit_tests:
  - name: adds_up
    model: totals
    given:
      - input: ref('orders')
        rows: [{ customer: ann, amount: 1.5 }, { customer: ann, amount: 2 }, { customer: bob }]
    expect:
      rows: [{ customer: bob, total: null }, { customer: ann, total: 3.50 }]
  - name: wrong
    model: totals
    given: [{ input: ref('orders'), fixture: orders }]
    expect: { rows: [{ customer: ann, total: 2 }] }
`

describe.sequential('unit tests', () => {
  let own: TestDatabase
  let project: ModelsProject
  let outcome: Outcome
  const run = (...words: string[]) => project.runWith({ environment: { DATABASE_URL: own.url } }, ...words)

  beforeAll(async () => {
    own = await createTestDatabase(inject('servers')[0]!)
    project = createModelsProject('empty')
    for (const folder of ['models', 'tests/fixtures'])
      mkdirSync(join(project.directory, folder), { recursive: true })
    project.write('strata.yml', 'name: shop\n')
    project.write('models/orders.sql', "select 'ann'::text as customer, 1::numeric(10,2) as amount")
    project.write(
      'models/totals.sql',
      "select customer, sum(amount) as total from {{ ref('orders') }} group by 1",
    )
    project.write('models/tests.yml', unitTests)
    project.write('tests/fixtures/orders.csv', 'customer,amount\nann,1\n')
    outcome = await run('test', '--select', 'test_type:unit')
  })
  afterAll(async () => {
    await project.remove()
    await own.drop()
  })

  test('run on a database that has none of their relations, and fail with a table of what differs', async () => {
    expect(outcome.code).toBe(1)
    expect(stepLines(outcome.stdout).toSorted((a, b) => (a.name < b.name ? -1 : 1))).toMatchObject([
      { mark: '✓', kind: 'unit', name: 'totals::adds_up' },
      { mark: '✗', kind: 'unit', name: 'totals::wrong' },
    ])
    expect(outcome.stdout).toContain(`totals::wrong models/tests.yml:9:11 [UNIT_TEST_FAILED]
  1 row other than expected (expected 1 row, got 1)
    customer  total
  - ann       2
  + ann       1
              ~`)
  })

  test('stand in run_results.json as dbt has them', () => {
    const { results } = JSON.parse(project.read('target/run_results.json')) as {
      results: { unique_id: string; status: string; failures: number; message: string }[]
    }
    const [passed, failed] = results.toSorted((a, b) => (a.unique_id < b.unique_id ? -1 : 1))
    expect(passed).toMatchObject({ unique_id: 'unit_test.shop.totals.adds_up', status: 'pass', failures: 0 })
    expect(failed).toMatchObject({ status: 'fail', failures: 1 })
    expect(failed!.message).toContain('\n- ann       2\n+ ann       1\n')
  })

  test('that are wrong are told with their place before anything runs', async () => {
    project.write(
      'models/tests.yml',
      unitTests.replace("input: ref('orders'), fixture: orders", 'input: this, rows: []'),
    )
    const { code, stdout, stderr } = await run('test')
    expect(code).toBe(1)
    expect(stdout + stderr).toContain('models/tests.yml:9:11 [INPUT_NOT_GIVEN]')
    expect(stdout + stderr).toContain('models/totals.sql:1:')
    project.write('models/tests.yml', unitTests)
  })

  test('that name a column wrongly are told with its place, and what was meant', async () => {
    project.write(
      'models/tests.yml',
      unitTests.replace('{ customer: bob, total: null }', '{ customer: bob, totl: null }'),
    )
    const { stdout } = await run('test', '--select', 'unit_test:adds_up')
    expect(stdout).toContain(`totals::adds_up models/tests.yml:8:31 [UNKNOWN_COLUMN]
  the result of the model has no column "totl"
  → Did you mean "total"? Its columns are customer, total.`)
    project.write('models/tests.yml', unitTests)
  })

  test('keep a model that fails one from being built', async () => {
    const built = await run('build')
    expect(built.code).toBe(1)
    expect(stepLines(built.stdout)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ mark: '✓', name: 'public.orders' }),
        expect.objectContaining({ mark: '-', name: 'public.totals', detail: 'because totals::wrong failed' }),
      ]),
    )
  })
})
