import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject } from './run-models.ts'

describe.concurrent('state', { timeout: 180_000 }, () => {
  let own: TestDatabase
  let project: ModelsProject
  const sleeper =
    "{{ config(materialized='table') }}\nselect id, pg_sleep({{ var('seconds', 0) }})::text as p from {{ ref('first') }}"
  beforeAll(async () => {
    own = await createTestDatabase(inject('servers').at(-1)!)
    project = createModelsProject('empty', { DATABASE_URL: own.url, STRATA_CI_ID: '7' })
    await project.shell('mkdir models')
    project.write('strata.yml', 'name: shop\n')
    project.write('models/first.sql', "{{ config(materialized='table') }}\nselect 1 as id")
    project.write('models/second.sql', sleeper)
    project.write(
      'models/third.sql',
      "select id / {{ var('divisor', 'nosuch') }} as id from {{ ref('second') }}",
    )
  })
  afterAll(async () => {
    await project?.remove()
    await own?.drop()
  })
  const query = async (sql: string) => (await own.database.query(sql)).rows
  const succeeded = (stdout: string) => [...stdout.matchAll(/^✓ model +(\S+)/gm)].map((line) => line[1])

  describe.sequential('kept in the database', () => {
    test('a plan leaves no trace, and is executed exactly as it was saved, once', async () => {
      expect(await project.shell('models plan --select first --json > plan.json')).toMatchObject({
        code: 0,
        stderr: '',
      })
      expect(await query(`select to_regnamespace('strata') as strata`)).toEqual([{ strata: null }])
      const run = await project.run('run', '--plan', 'plan.json')
      expect(run, run.stderr).toMatchObject({ code: 0 })
      expect(succeeded(run.stdout)).toEqual(['public.first'])
      const again = await project.run('run', '--plan', 'plan.json')
      expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('[PLAN_OUTDATED]') })
      const executed = (await query('select left(run_id, 8) as id from strata.runs'))[0]!['id']
      expect(again.stderr).toContain(
        `this plan was run already (run ${executed}): public.first has been built`,
      )
    })

    test('a plan whose relation somebody altered is not run', async () => {
      await project.shell('models plan --select first --json > plan.json')
      await query('alter table first add column own int')
      const run = await project.run('run', '--plan', 'plan.json')
      await query('alter table first drop column own')
      expect(run).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('public.first has been altered [PLAN_OUTDATED]'),
      })
    })

    test('a failed run is taken up where it failed, with its options and those that are given', async () => {
      expect(await project.run('run', '--full-refresh')).toMatchObject({ code: 1 })
      project.write('models/second.sql', `${sleeper} where true`)
      const retry = await project.run('retry', '--vars', '{divisor: 1}')
      project.write('models/second.sql', sleeper)
      expect(retry, retry.stderr).toMatchObject({ code: 0 })
      expect(retry.stderr).toBe('Note: public.second is not what its file says: models run --select +third\n')
      expect(succeeded(retry.stdout)).toEqual(['public.third'])
      expect(await query('select arguments from strata.runs order by started_at desc limit 1')).toEqual([
        {
          arguments: {
            full_refresh: true,
            vars: '{divisor: 1}',
            retry_of: expect.any(String),
          },
        },
      ])
      const nothing = await project.run('retry')
      expect(nothing).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing to retry') })
    })

    test('a plan shows the SQL that changed', async () => {
      const { stdout, stderr } = await project.run('plan', '--vars', '{divisor: 2}', '--select', 'third')
      expect(stdout, stderr).toMatch(
        /third +replace .*\n(.*\n)*? {7}-select id \/ 1 as id.*\n {7}\+select id \/ 2 as id/,
      )
    })

    test('a killed run is closed and taken up, and stands in the history', async () => {
      const running = project.start({}, 'run', '--vars', '{seconds: 60, divisor: 1}')
      for (let waited = 0; waited < 60_000; waited += 50) {
        if (
          (await query(`select from strata.steps where status = 'running' and name = 'public.second'`))
            .length > 0
        )
          break
        await sleep(50)
      }
      running.process.kill('SIGKILL')
      await running.ended
      const retry = await project.run('retry', '--vars', '{seconds: 0, divisor: 1}')
      expect(retry, retry.stderr).toMatchObject({ code: 0 })
      expect(succeeded(retry.stdout)).toEqual(['public.second', 'public.third'])
      const { stdout } = await project.run('runs')
      expect(stdout).toMatch(/^The last 20 runs of the target default/)
      expect(stdout).toMatch(/retry +success +2 of 2/)
      expect(stdout).toMatch(/run +crashed +1 of 3, 2 interrupted +≥/)
      expect(stdout).toMatch(/run +failed +2 of 3 ✗1/)
    })

    test('what failed is in the history, and known to selectors without artifacts', async () => {
      expect(await project.run('run', '--select', 'third')).toMatchObject({ code: 1 })
      await project.shell('rm -r target')
      expect((await project.run('list', '--select', 'result:error')).stdout).toMatch(/^model +third\n$/)
      expect((await project.run('runs', '--failures')).stdout).toMatch(/third +2 of 4 .* UNKNOWN_COLUMN/)
    })

    test('another target lends what is neither selected nor built in this one', async () => {
      const words = ['--target', 'ci', '--select', 'third', '--vars', '{divisor: 1}']
      const run = await project.run('run', ...words, '--defer', '--state', 'db:default')
      expect(run, run.stdout + run.stderr).toMatchObject({ code: 0 })
      expect(await query(`select pg_get_viewdef('ci_7_public.third'::regclass) as sql`)).toEqual([
        { sql: expect.stringMatching(/FROM second/) },
      ])
      await own.database.query('create table ci_7_public.second (id int)')
      const source = async (...more: readonly string[]) =>
        (await project.run('compile', ...words, '--defer', '--state', 'db:default', ...more)).stdout
      expect(await source()).toContain('"ci_7_public"."second"')
      expect(await source('--favor-state')).toContain('"public"."second"')
      expect((await project.run('run', ...words, '--defer')).stderr).toContain('[NO_STATE]')
    })

    test('a list in which nothing changed says so', async () => {
      const words = ['list', '--vars', '{divisor: 1}', '--select', 'state:modified', '--state', 'target']
      await project.run('compile', '--vars', '{divisor: 1}')
      expect(await project.run(...words)).toMatchObject({
        code: 0,
        stdout: '',
        stderr: 'The selection holds nothing.\n',
      })
    })

    test('another target is what state: compares with', async () => {
      const list = await project.run(
        ...[
          'list',
          '--target',
          'ci',
          '--vars',
          '{divisor: 3}',
          '--state',
          'db:default',
          '--select',
          'state:modified',
        ],
      )
      expect(list.stdout, list.stderr).toMatch(/^model +third\n$/)
    })
  })
})
