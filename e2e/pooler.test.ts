import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import {
  createTestDatabase,
  hasPooler,
  startPooler,
  type TestDatabase,
  type TestPooler,
} from '../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject, type Outcome } from './run-models.ts'

const sleeper = `{{ config(materialized='table') }}
select id, name from {{ source('bronze', 'names') }}, pg_sleep({{ var('seconds', 0) }})`

const files = {
  'strata.yml': `name: pooled
on-run-start: "create table if not exists public.log (line text)"
`,
  'models/visits.sql': `{{ config(materialized='incremental', incremental_strategy='microbatch', unique_key='id', event_time='at', batch_size='day',
  begin=(modules.datetime.datetime.utcnow() - modules.datetime.timedelta(days=3)).strftime('%Y-%m-%d'), indexes=[{'columns': ['at']}]) }}
select id, at from {{ source('bronze', 'visits') }}`,
  'models/people.sql': `{{ config(materialized='table', indexes=[{'columns': ['name']}], pre_hook={'sql': "insert into public.log values ('before')", 'transaction': false},
  post_hook=["insert into public.log values ('inside')", {'sql': "vacuum public.log", 'transaction': false}]) }}
select id, name from {{ source('bronze', 'names') }}`,
  'models/slow.sql': sleeper,
  'models/kept.sql': `{{ config(materialized='incremental', unique_key='id') }}
select id, name from {{ source('bronze', 'names') }}`,
  'models/all_names.sql': `select name from {{ ref('people') }} union all select name from {{ ref('slow') }}`,
  'models/schema.yml': `sources:
  - name: bronze
    tables:
      - name: names
      - name: visits
        config: {event_time: at}
models:
  - name: people
    columns:
      - {name: id, data_tests: [unique, not_null]}
`,
}

describe.runIf(hasPooler)('behind a transaction pooler', { timeout: 180_000 }, () => {
  let own: TestDatabase
  let pooler: TestPooler
  let project: ModelsProject
  beforeAll(async () => {
    own = await createTestDatabase(inject('servers').at(-1)!)
    // What a session of the role is like shows where ours is not set.
    await own.database.query(
      `do $$ begin execute format('alter database %I set timezone = ''Asia/Tokyo''', current_database()); end $$`,
    )
    await own.database.query('create schema bronze')
    await own.database.query('create table bronze.visits (id int, at timestamptz)')
    await own.database.query(
      `create table bronze.names as select * from (values (1, 'Ada'), (2, 'Bob')) as names (id, name)`,
    )
    await own.database.query(
      `insert into bronze.visits select n, date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' - n * interval '12 hours' from generate_series(0, 3) as n`,
    )
    pooler = await startPooler(own.url)
    project = createModelsProject('empty', { DATABASE_URL: pooler.url })
    await project.shell('mkdir models')
    for (const [file, text] of Object.entries(files)) project.write(file, text)
  })
  afterAll(async () => {
    await project?.remove()
    await pooler?.stop()
    await own?.drop()
  })
  const query = async (sql: string) => (await own.database.query(sql)).rows
  const went = (outcome: Outcome) => expect(outcome, outcome.stdout + outcome.stderr)
  const names = () => query('select name, count(*)::int as times from public.all_names group by 1 order by 1')
  const buildAll = async () => {
    for (const command of ['run', 'test']) went(await project.run(command)).toMatchObject({ code: 0 })
  }
  const asleep = () => waitingFor('PgSleep')
  const held = () =>
    query(`select l.objid from pg_locks l where l.locktype = 'advisory'
and l.database = (select oid from pg_database where datname = current_database())`)

  test('everything is built', async () => {
    await buildAll()
    expect(await names()).toEqual([
      { name: 'Ada', times: 2 },
      { name: 'Bob', times: 2 },
    ])
    expect(await query('select id from public.visits order by 1')).toEqual([0, 1, 2, 3].map((id) => ({ id })))
    expect(await query('select line from public.log order by 1')).toEqual([
      { line: 'before' },
      { line: 'inside' },
    ])
    expect(await held()).toEqual([])
  })

  test('an unchanged run changes nothing, and an increment brings what is new', async () => {
    const versions = () =>
      query(
        'select id, xmin::text from public.visits union all select id, xmin::text from public.kept order by 1, 2',
      )
    const before = await versions()
    await buildAll()
    expect(await versions()).toEqual(before)
    await query(`insert into bronze.visits values (9, now())`)
    await query(`insert into bronze.names values (3, 'Cy')`)
    await buildAll()
    expect(await query('select id from public.visits where id = 9')).toEqual([{ id: 9 }])
    expect((await names()).at(-1)).toEqual({ name: 'Cy', times: 2 })
  })

  test('of two runners at once the second waits for the first, by name', async () => {
    const runOne = () => project.start({}, 'run', '--select', 'slow')
    const [first, second] = await own.database.transaction(async (gatekeeper) => {
      await gatekeeper.query('lock table bronze.names in access exclusive mode')
      const one = runOne()
      await until(() => waitingFor('relation'))
      const another = runOne()
      await until(() => waitingFor('advisory'))
      return [one, another]
    })
    went(await first.ended).toMatchObject({ code: 0 })
    went(await second.ended).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/waits for "strata run=\w+ node=public\.slow"/),
    })
    expect(await held()).toEqual([])
  })

  test('Ctrl-C cancels the query on the server', async () => {
    const running = project.start({}, 'run', '--select', 'slow', '--vars', '{seconds: 120}')
    await until(asleep)
    running.process.kill('SIGINT')
    const outcome = await running.ended
    went(outcome).toMatchObject({ code: 130 })
    expect(await asleep()).toBe(0)
  })

  test('a run that is killed leaves the old state, no lock, and a database that the next run uses', async () => {
    const running = project.start({}, 'run', '--select', 'slow', '--vars', '{seconds: 120}')
    await until(asleep)
    running.process.kill('SIGKILL')
    await running.ended
    await expect.poll(asleep, { timeout: 5_000 }).toBe(0)
    expect(await held()).toEqual([])
    await buildAll()
    expect((await names()).at(-1)).toEqual({ name: 'Cy', times: 2 })
  })

  async function waitingFor(event: string): Promise<number> {
    const rows = await query(
      `select from pg_stat_activity where datname = current_database() and state = 'active' and wait_event = '${event}'`,
    )
    return rows.length
  }

  async function until(holds: () => Promise<number>): Promise<void> {
    for (let waited = 0; (await holds()) === 0; waited += 50) {
      if (waited > 60_000) throw new Error('in vain')
      await sleep(50)
    }
  }
})
