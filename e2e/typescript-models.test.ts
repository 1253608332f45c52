// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are those of the models in the strings
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../packages/core/src/index.ts'
import { connect } from '../packages/postgres/src/index.ts'
import { createModelsProject, type ModelsProject, type Outcome } from './run-models.ts'
import { stepLines } from './step-lines.ts'

const files = {
  'strata.yml': 'name: shop\nvars: { limit: 10 }\nmodels: { shop: { +schema: gold } }\n',
  'models/models.yml': `sources:
  - name: inbox
    schema: inbox
    tables: [{ name: visits }]
models:
  - name: visits
    columns: [{ name: visit_id, data_tests: [unique, not_null] }]
  - name: wide
    description: One column a measure
    columns: [{ name: visit_id, data_tests: [unique, { relationships: { to: ref('visits'), field: visit_id } }] }]
`,
  'lib/measures.ts': "export const measures: readonly string[] = ['weight', 'heart rate', \"it's\"]\n",
  'models/visits.ts': `import type { ModelContext } from 'not-installed'

export const config = { materialized: 'incremental', unique_key: 'visit_id' }

export default ({ sql, source, vars }: ModelContext) => sql\`
  select visit_id, visited_at, data || \${{ 'heart rate': 60, "it's": null }} as data
  from \${source('inbox', 'visits')}
  where visited_at >= \${new Date(Date.UTC(2024, 0, 1))} and visit_id <= \${vars<number>('limit')}\`
`,
  'models/measured.ts': `import { measures } from '../lib/measures'

export const config = { materialized: 'ephemeral' }

export default ({ sql, join, ref, identifier }) => sql\`
  select visit_id, \${join(measures.map((name) => sql\`data ->> \${name} as \${identifier(name)}\`))}
  from \${ref('visits')}\`
`,
  'models/wide.ts': `export default ({ sql, ref, config }) => {
  config({ materialized: 'table', tags: ['wide'] })
  return sql\`select * from \${ref('measured')}\`
}
`,
  'models/latest.ts': `export const config = { materialized: 'incremental', unique_key: 'visit_id' }

export default ({ sql, ref, increment, isIncremental }) => sql\`
  select visit_id, visited_at, \${isIncremental} as late from \${increment(ref('visits'))}\`
`,
  'models/counted.sql': "select count(*) as visits, max(weight::int) as heaviest from {{ ref('wide') }}\n",
}

describe('a project with TypeScript models', () => {
  let project: ModelsProject
  let database: Database
  let built: Outcome
  beforeAll(async () => {
    project = createModelsProject('empty')
    for (const folder of ['models', 'lib']) mkdirSync(join(project.directory, folder))
    for (const [file, text] of Object.entries(files)) project.write(file, text)
    await project.run('db', 'start')
    const { stdout } = await project.run('db', 'url')
    database = await connect({ url: stdout.trim(), applicationName: 'e2e' })
    await database.query('create schema inbox')
    await database.query('create table inbox.visits (visit_id int, visited_at timestamptz, data jsonb)')
    await database.query(
      `insert into inbox.visits values (1, '2024-02-01', '{"weight": 10}'), (2, '2024-02-02', '{"weight": 20}')`,
    )
    built = await project.run('run')
  })
  afterAll(async () => {
    await database?.close()
    await project.remove()
  })

  test('is built in the order of its references', () => {
    expect(built).toMatchObject({ code: 0, stderr: '' })
    expect(stepLines(built.stdout).map(({ mark, name, rows }) => [mark, name, rows])).toEqual(
      expect.arrayContaining([
        ['✓', 'gold.visits', 2],
        ['✓', 'gold.wide', 2],
        ['✓', 'gold.latest', 2],
      ]),
    )
    const names = stepLines(built.stdout).map(({ name }) => name)
    expect(names.indexOf('gold.counted')).toBeGreaterThan(names.indexOf('gold.wide'))
  })

  test('has a saved plan that is refused when a file that a model imports has changed', async () => {
    await project.shell('models plan --select wide --json > plan.json')
    project.write('lib/measures.ts', files['lib/measures.ts'].replace('weight', 'height'))
    const refused = await project.run('run', '--plan', 'plan.json')
    project.write('lib/measures.ts', files['lib/measures.ts'])
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('[PLAN_OUTDATED]') })
    expect(refused.stderr).toContain('models/measured.ts or what it imports changed')
  })

  test('passes the tests that its properties declare', async () => {
    const outcome = await project.run('test')
    expect(outcome.code, outcome.stdout + outcome.stderr).toBe(0)
    expect(stepLines(outcome.stdout)).toHaveLength(4)
  })

  test('is selected and listed as any other', async () => {
    const outcome = await project.run(
      'list',
      '--select',
      '+tag:wide',
      '--resource-type',
      'model',
      '--output',
      'path',
    )
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(outcome.stdout.trim().split('\n').sort()).toEqual([
      'models/measured.ts',
      'models/visits.ts',
      'models/wide.ts',
    ])
  })

  test('shows its SQL and its rows', async () => {
    const compiled = await project.run('compile', '--select', 'wide')
    expect(compiled.stdout).toContain(
      `select visit_id, data ->> 'weight' as "weight",data ->> 'heart rate' as "heart rate",data ->> 'it''s' as "it's"`,
    )
    expect(compiled.stdout).toMatch(/^with __dbt__cte__measured as \(/)
    const shown = await project.run('show', 'counted', '--json')
    expect(JSON.parse(shown.stdout)).toEqual({ visits: '2', heaviest: 20 })
    const manifest = JSON.parse(project.read('target/manifest.json'))
    expect(manifest.nodes['model.shop.wide']).toMatchObject({
      raw_code: files['models/wide.ts'].trimEnd(),
      original_file_path: 'models/wide.ts',
      depends_on: { nodes: ['model.shop.measured'] },
    })
  })

  test('reads increments: what is new, in the form for an incremental run', async () => {
    await database.query(`insert into inbox.visits values (3, '2024-02-03', '{"weight": 30}')`)
    const again = await project.run('run', '--select', 'visits', 'latest')
    expect(again.code, again.stdout + again.stderr).toBe(0)
    const shown = await project.run(
      'show',
      '--json',
      '--inline',
      "select visit_id, late from {{ ref('latest') }} order by 1",
    )
    const rows = shown.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows).toEqual([
      { visit_id: 1, late: false },
      { visit_id: 2, late: false },
      { visit_id: 3, late: true },
    ])
  })

  test('with a mistake stops before anything runs, and shows the line', async () => {
    project.write(
      'models/broken.ts',
      'export default ({ sql, ref }) =>\n  sql`select * from ${ref("visit")}`\n',
    )
    const outcome = await project.run('run')
    expect(outcome.code).toBe(1)
    const output = outcome.stdout + outcome.stderr
    expect(output).toContain('models/broken.ts:2:23')
    expect(output).toContain('there is no model "visit"')
    expect(output).toContain('sql`select * from ${ref("visit")}`')
  })
})
