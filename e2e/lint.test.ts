import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createModelsProject, type ModelsProject } from './run-models.ts'

describe.concurrent('models lint', () => {
  let project: ModelsProject

  beforeAll(() => {
    project = createModelsProject('empty')
    mkdirSync(join(project.directory, 'models'))
    project.write('strata.yml', 'name: shop\n')
    project.write('models/orders.sql', "select 1 as order_id, 'ann' as customer\n")
    project.write('models/totals.sql', "select *\nfrom {{ ref('orders') }}\nwhere customer = null\n")
    project.write('models/all.yml', 'models: [{ name: orders, description: One order. }]\n')
  })
  afterAll(() => project.remove())

  test('tells each finding with its place, and fails on errors', async () => {
    const { code, stdout, stderr } = await project.run('lint')
    expect(code).toBe(1)
    expect(stderr).toBe('')
    expect(stdout).toContain(`warning models/totals.sql:1:8 [select-star]
  the columns of this model are whatever ref('orders') has: "*" is not written out
> 1 | select *
    |        ^
  2 | from {{ ref('orders') }}
  → Name the columns,`)
    expect(stdout).toContain('error models/totals.sql:3:16 [null-comparison]')
    expect(stdout).toMatch(/\nLooked at 2 nodes in .*: 1 error, 3 warnings\.\n$/)
  })

  test('looks at a selection, for some rules, and fails on warnings where it is asked to', async () => {
    const orders = await project.run('lint', '--select', 'orders')
    expect(orders.code).toBe(0)
    expect(orders.stdout).toContain('[missing-unique-test]')
    expect((await project.run('lint', '--select', 'orders', '--strict', '--quiet')).code).toBe(1)
    const some = await project.run('lint', '--rule', 'select-star,unused-cte')
    expect(some.code).toBe(0)
    expect(some.stdout).toMatch(/: 1 warning\.\n$/)
  })

  test('tells machines, and GitHub', async () => {
    const { stdout } = await project.run('lint', '--rule', 'null-comparison', '--json')
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(events).toMatchObject([
      {
        kind: 'diagnostic',
        diagnostic: {
          code: 'null-comparison',
          severity: 'error',
          location: { file: 'models/totals.sql', line: 3, column: 16 },
        },
      },
      { kind: 'linted', looked: 2, errors: 1, warnings: 0, late: [] },
    ])
    const github = await project.run('lint', '--rule', 'null-comparison', '--format', 'github')
    expect(github.code).toBe(1)
    expect(github.stdout).toBe(
      '::error file=models/totals.sql,line=3,col=16,title=null-comparison::a comparison with null by "=" is null, never true%0AWrite "is null".\n',
    )
  })

  test('says which rule was meant, by option and in the project file', async () => {
    const { code, stderr } = await project.run('lint', '--rule', 'selct-star')
    expect(code).toBe(2)
    expect(stderr).toContain('there is no lint rule "selct-star"')
    expect(stderr).toContain('Did you mean "select-star"?')
    const other = createModelsProject('empty')
    other.write('strata.yml', 'name: shop\nlint:\n  rules:\n    selct-star: error\n    unused-cte: loud\n')
    const outcome = await other.run('lint')
    await other.remove()
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toContain('strata.yml:4:5')
    expect(outcome.stderr).toContain('Did you mean "select-star"?')
    expect(outcome.stderr).toContain('strata.yml:5:17')
  })
})

test('the project of this repository is clean', async () => {
  const project = createModelsProject('clinical')
  const { stdout } = await project.run('lint')
  await project.remove()
  expect(stdout).toMatch(/^Looked at \d+ nodes in .*: nothing found\.\n$/)
})
