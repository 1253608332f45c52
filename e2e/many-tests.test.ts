import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject } from './run-models.ts'
import { stepLines } from './step-lines.ts'

const tables = Array.from({ length: 100 }, (_, index) => `table_${String(index).padStart(3, '0')}`)

/** Of each table five tests, of which the last three tables fail one, and two are only warned of. */
function propertiesOf(name: string, index: number): string {
  const parent = tables[Math.max(0, index - 1)]
  return `  - name: ${name}
    data_tests:
      - row_count: { arguments: { min: 1, max: 1000 } }
    columns:
      - name: id
        data_tests:
          - unique
          - not_null
          - relationships: { arguments: { to: ref('${parent}'), field: id } }
      - name: state
        data_tests:
          - accepted_values:
              arguments: { values: [open, closed] }
              config: { severity: ${index >= 98 ? 'warn' : 'error'} }
`
}

describe.sequential('500 tests on 100 tables', { timeout: 40_000 }, () => {
  let own: TestDatabase
  let project: ModelsProject

  beforeAll(async () => {
    own = await createTestDatabase(inject('servers')[0]!)
    project = createModelsProject('empty', { DATABASE_URL: own.url })
    mkdirSync(join(project.directory, 'models'))
    project.write('strata.yml', 'name: many\nmodels:\n  many: { +materialized: table }\n')
    for (const [index, name] of tables.entries()) {
      const state = index >= 97 ? "case id when 7 then 'lost' else 'open' end" : "'open'"
      project.write(
        `models/${name}.sql`,
        `select id, ${state} as state from generate_series(1, 20) as id${index === 0 ? '' : ` -- {{ ref('${tables[index - 1]}') }}`}\n`,
      )
    }
    project.write('models/many.yml', `models:\n${tables.map(propertiesOf).join('')}`)
  })
  afterAll(async () => {
    await project.remove()
    await own.drop()
  })

  const countsOf = (stdout: string) => {
    const counts: { [kind: string]: number } = {}
    for (const { kind, mark } of stepLines(stdout)) {
      const key = `${kind} ${mark}`
      counts[key] = (counts[key] ?? 0) + 1
    }
    return counts
  }

  test('build asks them all, and holds back the one table that fails one, with what reads it', async () => {
    const { code, stdout } = await project.run('build')
    expect(code).toBe(1)
    expect(countsOf(stdout)).toEqual({
      'model ✓': 97,
      'test ✓': 97 * 5 + 4,
      'model ✗': 1,
      'test ✗': 1,
      // The two tables behind it, and of their ten tests five; the others are told by their number.
      'model -': 2,
      'test -': 5,
    })
    expect(stdout).toContain('- test  and 5 more because public.table_097 failed')
    expect(stdout).toContain('600 steps, 586 succeeded, 2 failed, 12 skipped.')
  })

  test('test asks them all of what is there, in as few scans as there can be, and tells each by itself', async () => {
    expect(await project.run('run')).toMatchObject({ code: 0 })
    const { code, stdout } = await project.run('test')
    expect(code).toBe(1)
    expect(countsOf(stdout)).toEqual({ 'test ✓': 497, 'test ✗': 1, 'test !': 2 })
    expect(stdout).toContain('500 steps, 497 succeeded, 2 warned, 1 failed.')
    const { results } = JSON.parse(project.read('target/run_results.json')) as {
      results: { unique_id: string; status: string; failures: number }[]
    }
    expect(results).toHaveLength(500)
    expect(
      results
        .filter(({ status }) => status !== 'pass')
        .map(({ status, failures }) => [status, failures])
        .toSorted(),
    ).toEqual([
      ['fail', 1],
      ['warn', 1],
      ['warn', 1],
    ])
  })
})
