import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../packages/postgres/src/testing/index.ts'
import { bundledCli } from './bundled-cli.ts'
import { createModelsProject, type ModelsProject, type Outcome } from './run-models.ts'
import { stepLines } from './step-lines.ts'

/** A project of those files on a database of its own. */
async function openProject(
  files: { readonly [path: string]: string },
  environment: { readonly [name: string]: string } = {},
): Promise<{ readonly own: TestDatabase; readonly project: ModelsProject; close(): Promise<void> }> {
  const own = await createTestDatabase(inject('servers')[0]!)
  const project = createModelsProject('empty', { DATABASE_URL: own.url, ...environment })
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project.directory, path)), { recursive: true })
    project.write(path, text)
  }
  const close = async () => {
    await project.remove()
    await own.drop()
  }
  return { own, project, close }
}

describe.concurrent('manners', () => {
  describe.sequential('a project whose every command is watched for what it loads', () => {
    let own: TestDatabase
    let project: ModelsProject
    const folder = mkdtempSync(join(tmpdir(), 'strata-loaded-'))
    beforeAll(async () => {
      own = await createTestDatabase(inject('servers')[0]!)
      const witness = join(folder, 'witness.cjs')
      writeFileSync(
        witness,
        "process.on('exit', () => process.stderr.write(process.moduleLoadList.filter((name) => name.includes('undici')).join()))",
      )
      project = createModelsProject('empty', { DATABASE_URL: own.url }, ['--require', witness, bundledCli()])
      for (const name of ['models', 'tests']) mkdirSync(join(project.directory, name))
      project.write('strata.yml', 'name: shop\n')
      project.write('models/one.sql', 'select 1 as id')
      project.write('tests/none.sql', "select * from {{ ref('one') }}")
    })
    afterAll(async () => {
      await project.remove()
      await own.drop()
      rmSync(folder, { recursive: true })
    })

    test('is offered the failing rows of a test that failed, and not of one whose model is not built', async () => {
      const early = await project.run('test')
      expect(early).toMatchObject({ code: 1, stdout: expect.stringContaining('UNKNOWN_RELATION') })
      expect(early.stdout).not.toContain('the failing rows')
      await project.run('run')
      expect((await project.run('test')).stdout).toContain('models show none  the failing rows')
    })

    test('runs models without an HTTP client, which would be a tenth of its start', async () => {
      expect(await project.run('run')).toMatchObject({ code: 0, stderr: '' })
    })
  })

  describe.sequential('a project of dbt that comes with its profiles.yml', () => {
    let opened: Awaited<ReturnType<typeof openProject>>
    let ran: Outcome
    const note = /^profiles\.yml is not read: DATABASE_URL names the database, and the schema is analytics/m

    beforeAll(async () => {
      opened = await openProject(
        {
          'dbt_project.yml': 'name: shop\nprofile: shop\n',
          'profiles.yml': 'shop: { target: dev }\n',
          'models/orders.sql': "{{ config(materialized='table') }}\nselect 1 as id\n",
          'models/placed.sql': "{{ config(schema='marts') }}\nselect * from {{ ref('orders') }}\n",
          'models/typo.sql': 'select *\nfrom ordres\n',
          'models/wrong.sql': "select\n  id,\n  fist_name\nfrom {{ ref('orders') }}\n",
          'tests/no_one.sql': "select 1 from {{ ref('orders') }}\n",
          'tests/no_other.sql': "select 1 from {{ ref('orders') }}\n",
          'analyses/monthly/report.sql': "select count(*) from {{ ref('orders') }}\n",
        },
        { STRATA_SCHEMA: 'analytics' },
      )
      ran = await opened.project.run('run')
    })
    afterAll(() => opened.close())

    test('is told once where the connection comes from, and machines are not', async () => {
      expect(ran.stdout.match(new RegExp(note, 'gm'))).toHaveLength(1)
      const forMachines = [
        await opened.project.run('run', '--select', 'orders', '--json'),
        await opened.project.run('run', '--select', 'orders', '--quiet'),
      ]
      for (const { stdout, stderr } of forMachines) expect(stdout + stderr).not.toContain('profiles.yml')
    })

    test('builds into the schema that STRATA_SCHEMA names, as that of a profile', async () => {
      const { rows } = await opened.own.database.query(
        "select to_regclass('analytics.orders') is not null as plain, to_regclass('analytics_marts.placed') is not null as custom",
      )
      expect(rows).toEqual([{ plain: true, custom: true }])
    })

    test('is told the file and the place of a model that fails, and how to refer to a model', () => {
      expect(ran.code).toBe(1)
      expect(ran.stdout).toContain('analytics.wrong models/wrong.sql:3:3 [UNKNOWN_COLUMN]')
      expect(ran.stdout).toMatch(
        /^analytics\.typo models\/typo\.sql:2:6 \[UNKNOWN_RELATION\]\n[\s\S]*→ Did you mean \{\{ ref\('orders'\) \}\}\?$/m,
      )
    })

    test('is told of each failed test by itself, with its file', async () => {
      const tested = await opened.project.run('test')
      expect(tested.code).toBe(1)
      expect(tested.stdout).toMatch(/^no_one tests\/no_one\.sql \[DATA_TEST_FAILED\]\n {2}1 failing row$/m)
      expect(tested.stdout).toMatch(
        /^no_other tests\/no_other\.sql \[DATA_TEST_FAILED\]\n {2}1 failing row$/m,
      )
    })

    test('gets its analyses compiled to files', async () => {
      const compiled = await opened.project.run('compile')
      expect(compiled.stdout).toMatch(/^Compiled 4 models, 1 analysis and 2 tests to target\/compiled/)
      expect(opened.project.read('target/compiled/shop/analyses/monthly/report.sql')).toContain(
        'select count(*) from "',
      )
    })
  })

  describe.sequential('what has to be so on a real database', () => {
    let opened: Awaited<ReturnType<typeof openProject>>
    const log = async () =>
      (await opened.own.database.query('select what from public.log order by at')).rows.map(
        (row) => row['what'],
      )

    beforeAll(async () => {
      opened = await openProject({
        'strata.yml':
          'name: shop\non-run-end: "{% if var(\'fail\', false) %}select 1 / 0{% else %}select 1{% endif %}"\n',
        'models/writer.sql': "select public.tell('read') as told\n",
        'models/asker.sql':
          '{% set told = run_query("select public.tell(\'asked\') as t") %}\nselect 1 as id\n',
        'models/grown.sql': `{{ config(
  materialized='incremental', unique_key='id',
  pre_hook="select public.tell('before {{ is_incremental() }}')",
  post_hook="{% if is_incremental() %}select public.tell('after an increment'){% else %}select public.tell('after all'){% endif %}"
) }}
select 1 as id
`,
      })
      await opened.own.database.query(
        'create table public.log (at bigint generated always as identity, what text)',
      )
      await opened.own.database.query(
        "create function public.tell(what text) returns text language sql volatile as 'insert into public.log (what) values ($1) returning what'",
      )
    })
    afterAll(() => opened.close())

    test('show changes nothing, whatever the model or its template calls', async () => {
      const shown = [await opened.project.run('show', 'writer'), await opened.project.run('show', 'asker')]
      expect(shown.map(({ code }) => code)).toEqual([0, 0])
      expect(shown[0]!.stdout).toContain('read')
      expect(await log()).toEqual([])
    })

    test('columns of one name all come through run_query', async () => {
      const compiled = await opened.project.run(
        'compile',
        '--inline',
        "{% set t = run_query('select 1 as a, 2 as a, 3 as a') %}{% if execute %}{{ t.column_names }} {{ t.rows[0].values() }}{% endif %}",
      )
      expect(compiled).toMatchObject({ code: 0, stderr: '', stdout: "('a', 'a_2', 'a_3') (1, 2, 3)\n" })
    })

    test('hooks know whether their model takes an increment', async () => {
      expect(await opened.project.run('run', '--select', 'grown')).toMatchObject({ code: 0 })
      expect(await log()).toEqual(['before False', 'after all'])
      expect(await opened.project.run('run', '--select', 'grown')).toMatchObject({ code: 0 })
      expect((await log()).slice(2)).toEqual(['before True', 'after an increment'])
    })

    test('a hook at the end of a run that fails exits 1, and the results are there', async () => {
      const ended = await opened.project.run('run', '--select', 'grown', '--vars', '{fail: true}')
      expect(ended.code).toBe(1)
      expect(ended.stderr).toContain('a hook in on-run-end of shop failed: division by zero')
      expect(stepLines(ended.stdout)).toMatchObject([{ mark: '✓', name: 'public.grown' }])
      const path = join(opened.project.directory, 'target', 'run_results.json')
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
        results: [{ unique_id: 'model.shop.grown', status: 'success' }],
      })
    })
  })
})
