import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject } from './run-models.ts'
import { stepLines } from './step-lines.ts'

const children = Array.from({ length: 8 }, (_, index) => `child_${index}`)

const properties = `models:
  - name: orders
    columns:
      - name: ID
        data_tests:
          - expression: { name: few, arguments: { expression: "< 3" } }
      - name: nmae
        description: how it is called
`

describe.sequential('what is said on the screen', () => {
  let own: TestDatabase
  let project: ModelsProject
  let clinical: ModelsProject

  beforeAll(async () => {
    own = await createTestDatabase(inject('servers')[0]!)
    project = createModelsProject('empty', { DATABASE_URL: own.url })
    clinical = createModelsProject('clinic', { DATABASE_URL: own.url })
    mkdirSync(join(project.directory, 'models'))
    project.write('strata.yml', 'name: shop\n')
    project.write(
      'models/orders.sql',
      "{{ config(materialized='table') }}\nselect id, 'a' as name from generate_series(1, {{ var('last', 2) }}) as id\n",
    )
    project.write('models/shop.yml', properties)
    project.write('models/broken.sql', "select nothing from {{ ref('orders') }}\n")
    for (const name of children) project.write(`models/${name}.sql`, "select * from {{ ref('broken') }}\n")
  })
  afterAll(async () => {
    await project.remove()
    await clinical.remove()
    await own.drop()
  })

  test('a column that is described and not there is warned of once a run, with its place and the nearest', async () => {
    const { code, stderr } = await project.run('run', '--select', 'orders')
    expect(code).toBe(0)
    expect(stderr).toContain('warning models/shop.yml:7:15 [UNKNOWN_COLUMN]')
    expect(stderr).toContain('"orders" has no column "nmae", which its properties describe')
    expect(stderr).toContain('→ Did you mean "name"?')
    expect(stderr.match(/UNKNOWN_COLUMN/g)).toHaveLength(1)
    const quiet = await project.run('run', '--select', 'orders', '--quiet')
    expect(quiet.stderr).toBe('')
  })

  test('steps that are skipped for one reason are told by their number from the sixth on', async () => {
    const { code, stdout } = await project.run('run')
    expect(code).toBe(1)
    expect(stepLines(stdout).filter(({ mark }) => mark === '-')).toHaveLength(5)
    expect(stdout).toMatch(/^- model and 3 more because public\.broken failed$/m)
    expect(stdout).toContain('10 steps, 1 succeeded, 1 failed, 8 skipped.')
    const { results } = JSON.parse(project.read('target/run_results.json')) as { results: unknown[] }
    expect(results).toHaveLength(10)
  })

  test('rows that were kept of a test that has passed since are said to be old', async () => {
    const build = (last: number) =>
      project.run('build', '--select', 'orders', '--vars', JSON.stringify({ last }))
    const note = /^few passed when it ran last, at \S+Z\. These rows are of \S+Z\.$/m
    expect(await build(5)).toMatchObject({ code: 1 })
    const current = await project.run('show', '--failures', 'few')
    expect(current).toMatchObject({ code: 0, stderr: expect.not.stringMatching(note) })
    expect(current.stdout).toContain('(3 rows)')
    expect(await build(2)).toMatchObject({ code: 0 })
    const old = await project.run('show', '--failures', 'few')
    expect(old).toMatchObject({ code: 0, stderr: expect.stringMatching(note) })
    expect(old.stdout).toContain('(3 rows)')
  })

  test('hints name commands as the user types them', async () => {
    const hintWith = async (environment: { readonly [name: string]: string }) =>
      /→ .*/.exec((await project.runWith({ environment }, 'show')).stderr)?.[0]
    expect(await hintWith({})).toBe('→ Write models show patients, or models show --inline "select 1".')
    expect(await hintWith({ npm_config_user_agent: 'pnpm/10.1.0 npm/? node/v20' })).toBe(
      '→ Write pnpm models show patients, or pnpm models show --inline "select 1".',
    )
  })

  test('who selects a source and what reads it has its job land first', async () => {
    const planned = async (...words: readonly string[]) => {
      const { stdout } = await clinical.run('plan', '--json', '--select', ...words)
      const { steps } = JSON.parse(stdout) as { steps: { kind: string; name: string }[] }
      return steps.map(({ kind, name }) => `${kind} ${name}`)
    }
    const lands = 'job clinical_conductor.patients'
    expect(await planned('source:clinical_conductor.patients+')).toEqual(
      expect.arrayContaining([lands, 'model silver.patients']),
    )
    expect(await planned('source:clinical_conductor.patients+', '--no-extract')).not.toContain(lands)
    expect(await planned('patients')).not.toContain(lands)
  })
})
