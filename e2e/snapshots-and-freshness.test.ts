import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject } from './run-models.ts'

describe.sequential('snapshots and the freshness of sources', { timeout: 180_000 }, () => {
  let own: TestDatabase
  let project: ModelsProject
  beforeAll(async () => {
    own = await createTestDatabase(inject('servers').at(-1)!)
    project = createModelsProject('empty', { DATABASE_URL: own.url })
    await project.shell('mkdir models snapshots')
    project.write('strata.yml', 'name: shop\nsnapshots:\n  +schema: history\n')
    project.write(
      'snapshots/people.sql',
      `{% snapshot people %}
{{ config(unique_key='id', strategy='check', check_cols='all', hard_deletes='invalidate', post_hook='select 1') }}
select * from {{ source('crm', 'people') }}{% if execute and run_query('select 2').rows[0][0] == 2 %} where id < 100{% endif %}
{% endsnapshot %}`,
    )
    project.write(
      'models/schema.yml',
      `version: 2
sources:
  - name: crm
    schema: raw
    loaded_at_field: loaded_at
    freshness: {warn_after: {count: 1, period: hour}, error_after: {count: 1, period: day}}
    tables:
      - name: people
      - name: visits
        freshness: {filter: "id < 2"}
      - name: orders
        loaded_at_query: "select max(loaded_at) + interval '2 days' from {{ this }}"
      - name: empty
        freshness: {error_after: null}
      - name: unlimited
        freshness: null
      - name: broken
        loaded_at_field: nothing
      - name: ahead
      - name: only_ahead
      - name: ahead_by_query
        loaded_at_query: "select max(loaded_at) from {{ source('crm', 'ahead') }}"
snapshots:
  - name: by_yaml
    relation: source('crm', 'orders')
    description: Every order as it was
    config: {unique_key: id, strategy: timestamp, updated_at: loaded_at}
    columns: [{name: id, description: Its number}]
`,
    )
    project.write(
      'models/current_people.sql',
      "select id from {{ ref('people') }} where dbt_valid_to is null",
    )
    const sql = [
      'create schema raw',
      `create table raw.people as select 1 as id, 'Ada' as name, now() as loaded_at union all select 2, 'Bo', now()`,
      `create table raw.visits as select 1 as id, now() - interval '2 hours' as loaded_at union all select 2, now()`,
      `create table raw.orders as select 1 as id, localtimestamp - interval '3 days' as loaded_at`,
      'create table raw.empty (loaded_at timestamp)',
      'create table raw.broken as select 1 as id',
      `create table raw.ahead as select now()::date - 3 as loaded_at union all select unnest('{9999-01-01,infinity}'::date[])`,
      `create table raw.only_ahead as select '9999-01-01 00:00'::text as loaded_at`,
    ]
    for (const statement of sql) await own.database.query(statement)
  })
  afterAll(async () => {
    await project?.remove()
    await own?.drop()
  })
  const query = async (sql: string) => (await own.database.query(sql)).rows

  test('snapshot takes them, models read them, and a plan says what it will do', async () => {
    const plan = await project.run('plan', 'snapshot')
    expect(plan, plan.stderr).toMatchObject({ code: 0 })
    expect(plan.stdout).toContain('history.people   build      first build')
    const first = await project.run('snapshot')
    expect(first, first.stderr).toMatchObject({ code: 0 })
    expect(first.stdout).toMatch(/✓ snap +history\.by_yaml +1 row /)
    expect(first.stdout).toMatch(/✓ snap +history\.people +2 rows /)
    expect(await project.run('run')).toMatchObject({ code: 0 })
    expect(await query('select id from public.current_people order by id')).toEqual([{ id: 1 }, { id: 2 }])
    const results = JSON.parse(project.read('target/run_results.json'))
    expect(results.results).toHaveLength(1)
    expect(
      await query(
        `select obj_description('history.by_yaml'::regclass) as whole, col_description('history.by_yaml'::regclass, 1) as id`,
      ),
    ).toEqual([{ whole: 'Every order as it was', id: 'Its number' }])
  })

  test('two processes at once make one new version', async () => {
    await own.database.query(`update raw.people set name = 'Eva' where id = 1`)
    const both = await Promise.all([
      project.run('snapshot', '--select', 'people'),
      project.run('snapshot', '--select', 'people'),
    ])
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    expect(
      await query(
        'select name, dbt_valid_to is null as current from history.people where id = 1 order by dbt_valid_from',
      ),
    ).toEqual([
      { name: 'Ada', current: false },
      { name: 'Eva', current: true },
    ])
    const { results } = JSON.parse(project.read('target/run_results.json'))
    expect(results).toMatchObject([
      { unique_id: 'snapshot.shop.people', status: 'success', relation_name: '"history"."people"' },
    ])
  })

  test('a snapshot that is killed leaves the history as it was', async () => {
    await own.database.query(`update raw.people set name = 'Bea' where id = 2`)
    await own.database.query(
      `create function raw.slow() returns trigger language plpgsql as 'begin perform pg_sleep(30); return new; end'`,
    )
    await own.database.query(
      'create trigger slow before insert on history.people for each row execute function raw.slow()',
    )
    const running = project.start({}, 'snapshot', '--select', 'people')
    for (let tries = 0; tries < 600; tries++) {
      const { rowCount } = await own.database.query(
        `select from pg_stat_activity where query like 'insert into%' and wait_event = 'PgSleep' and datname = current_database()`,
      )
      if (rowCount > 0) break
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    running.process.kill('SIGKILL')
    await running.ended
    expect(await query('select name from history.people where id = 2')).toEqual([{ name: 'Bo' }])
    await own.database.query('drop trigger slow on history.people')
    expect(await project.run('snapshot', '--select', 'people')).toMatchObject({ code: 0 })
    expect(await query('select name from history.people where id = 2 order by dbt_valid_from')).toEqual([
      { name: 'Bo' },
      { name: 'Bea' },
    ])
  })

  test('source freshness holds ages against limits, and writes sources.json', async () => {
    const outcome = await project.run('source', 'freshness')
    expect(outcome.code, outcome.stderr).toBe(1)
    const lines = outcome.stdout.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | '))
    expect(lines).toContainEqual(
      expect.stringMatching(/^pass \| crm\.people \| \d.* \| > 1h \| > 1d \| loaded_at$/),
    )
    expect(lines).toContainEqual(
      expect.stringMatching(/^warn \| crm\.visits \| 2h 0\dm \| > 1h \| > 1d \| loaded_at$/),
    )
    expect(lines).toContainEqual('error | crm.orders | 1d 00h | > 1h | > 1d | loaded_at_query')
    expect(lines).toContainEqual('warn | crm.empty | never loaded | > 1h | loaded_at')
    expect(outcome.stdout).not.toContain('unlimited')
    expect(outcome.stderr).toContain('crm.broken: column "nothing" does not exist')
    // What cannot be does not count, and is told.
    expect(lines).toContainEqual(expect.stringMatching(/^error \| crm\.ahead \| 3d \d\dh \|/))
    expect(outcome.stderr).toContain('crm.ahead: 2 rows left out, whose loaded_at is more than a day ahead')
    expect(lines).toContainEqual('error | crm.only_ahead | never loaded | > 1h | > 1d | loaded_at')
    expect(outcome.stderr).toContain('crm.only_ahead: 1 row left out')
    expect(outcome.stderr).toContain(
      'crm.ahead_by_query: loaded_at_query yields infinity, which is more than',
    )
    const { metadata, results } = JSON.parse(project.read('target/sources.json'))
    expect(metadata.dbt_schema_version).toBe('https://schemas.getdbt.com/dbt/sources/v3.json')
    const byId = Object.fromEntries(results.map((one: { unique_id: string }) => [one.unique_id, one]))
    expect(byId['source.shop.crm.visits']).toMatchObject({
      status: 'warn',
      criteria: {
        warn_after: { count: 1, period: 'hour' },
        error_after: { count: 1, period: 'day' },
        filter: 'id < 2',
      },
      max_loaded_at_time_ago_in_s: expect.closeTo(7200, -3),
    })
    expect(byId['source.shop.crm.empty'].max_loaded_at).toBe('0001-01-01T00:00:00Z')
    expect(byId['source.shop.crm.broken']).toEqual({
      unique_id: 'source.shop.crm.broken',
      status: 'runtime error',
      error: 'column "nothing" does not exist',
    })
    expect(await project.run('source', 'freshness', '--select', 'source:crm.visits')).toMatchObject({
      code: 0,
    })
  })

  test('what became fresher, or was too old, can be selected', async () => {
    await project.run('source', 'freshness', '--output', 'before/sources.json')
    await own.database.query('update raw.visits set loaded_at = now()')
    await project.run('source', 'freshness')
    const selected = async (selector: string) =>
      (await project.run('list', '--select', selector, '--state', 'before')).stdout.trim()
    expect(await selected('source_status:fresher')).toMatch(/^source +crm\.visits$/)
    expect(await selected('source_status:error+')).toContain('by_yaml')
    expect(await selected('source_status:warn')).toContain('crm.visits')
    const json = await project.run('source', 'freshness', '--json', '--select', 'source:crm.visits')
    expect(JSON.parse(json.stdout)).toMatchObject({ name: 'crm.visits', status: 'pass', by: 'loaded_at' })
    expect(await project.run('source', 'sideways')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no command "source sideways"'),
    })
  })
})
