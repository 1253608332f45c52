import { describeOldestServer } from '@strata/postgres/testing'
import { cleanTarget, keepFailingRows, readFailingRows, runDataTests } from '@strata/runner'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  type DataTestFixture,
  openDataTestFixture,
  sourceTests,
  testSteps,
  told,
} from './data-test-fixture.ts'
import { target } from './publish-fixture.ts'

describeOldestServer('the failing rows of data tests', (server) => {
  let fixture: DataTestFixture
  beforeEach(async () => {
    fixture = await openDataTestFixture(server)
    await fixture.execute(
      'create schema s',
      'create table s.t (id int, name text)',
      `insert into s.t values (1, 'Ann'), (null, 'Bob'), (null, 'Cid')`,
    )
  })
  afterEach(() => fixture.drop())

  const stored = 'dbt_test__audit'
  const kinds = async () =>
    (
      await fixture.rows(
        `select relname, relkind from pg_class where relnamespace = to_regnamespace('${stored}') and relkind in ('r', 'v') order by 1`,
      )
    ).map(({ relname, relkind }) => `${relname} ${relkind}`)

  it('are kept as tables or views where the test says so, in the place of those before', async () => {
    const files = {
      'models/s.yml': sourceTests({
        id: `{ not_null: { name: a, store_failures: true } }, { not_null: { name: b, store_failures_as: view, limit: 1 } },
  { not_null: { name: c, store_failures: true, store_failures_as: ephemeral } }, { unique: { name: d, store_failures: true, alias: d_rows } }, { not_null: { name: e } }`,
      }),
    }
    expect(told(await fixture.test(files))).toEqual([
      'a failed: 2 failing rows',
      'b failed: 1 failing row',
      'c failed: 2 failing rows',
      'd success: passed',
      'e failed: 2 failing rows',
    ])
    expect(await kinds()).toEqual(['a r', 'b v', 'd_rows r'])
    // As in dbt, whole rows.
    expect(await fixture.rows(`select * from ${stored}.a order by name`)).toEqual([
      { id: null, name: 'Bob' },
      { id: null, name: 'Cid' },
    ])
    expect(await fixture.rows(`select * from ${stored}.d_rows`)).toEqual([])
    await fixture.execute(`delete from s.t where name = 'Bob'`)
    const { results } = await fixture.test(files)
    expect(await fixture.rows(`select name from ${stored}.a`)).toEqual([{ name: 'Cid' }])
    expect(results.find(({ name }) => name === 'a')!.failure).toMatchObject({
      hint: `See them with select * from "${stored}"."a"`,
    })
  })

  it('are dropped with all that a target made', async () => {
    await fixture.test(
      { 'models/s.yml': sourceTests({ id: '{ not_null: { name: a } }' }) },
      { storeFailures: true },
    )
    expect(await cleanTarget(fixture.database, target)).toEqual({
      dropped: [`table ${stored}.a`, `schema ${stored}`],
      kept: [],
    })
  })

  it('are kept of all tests with --store-failures, but for those that say otherwise', async () => {
    const files = {
      'models/s.yml': sourceTests({
        id: '{ not_null: { name: a } }, { not_null: { name: b, store_failures: false } }',
      }),
    }
    await fixture.test(files, { storeFailures: true })
    expect(await kinds()).toEqual(['a r'])
    expect(await fixture.rows(`select name from ${stored}.a order by 1`)).toHaveLength(2)
  })

  it('never take the place of what Strata did not make', async () => {
    await fixture.execute(`create schema ${stored}`, `create table ${stored}.a (precious int)`)
    const files = { 'models/s.yml': sourceTests({ id: '{ not_null: { name: a, store_failures: true } }' }) }
    const { results } = await fixture.test(files)
    expect(results[0]!.failure).toMatchObject({ code: 'NOT_OURS' })
    expect(await fixture.rows(`select precious from ${stored}.a`)).toEqual([])
  })

  it('are kept of a template that asks the database', async () => {
    const { results } = await fixture.test({
      'tests/late.sql':
        "{{ config(store_failures=true) }}{% set asked = run_query('select 1 as it') %}select * from s.t where id is distinct from {{ asked.columns[0].values()[0] if execute else 1 }}",
    })
    expect(told({ results })).toEqual(['late failed: 2 failing rows'])
    expect(await fixture.rows(`select name from ${stored}.late`)).toHaveLength(2)
  })

  it('of health information are kept in a restricted table alone, however they are configured', async () => {
    await fixture.execute(
      'create role strata_reader',
      'alter default privileges in schema strata grant select on tables to strata_reader',
    )
    try {
      const phi = (tests: string) =>
        `sources: [{ name: s, tables: [{ name: t, columns: [{ name: id, data_tests: [${tests}] }, { name: name, meta: { phi: true } }] }] }]\n`
      const files = {
        'models/s.yml': phi(
          '{ not_null: { name: a, store_failures: true, keep_failures_days: 3 } }, { not_null: { name: b } }',
        ),
      }
      const { results } = await fixture.test(files)
      expect(told({ results })).toEqual(['a failed: 2 failing rows', 'b failed: 2 failing rows'])
      expect(await kinds()).toEqual([])
      expect(results.find(({ name }) => name === 'a')!.failure!.hint).toContain('strata.failing_rows')
      expect(
        await fixture.rows(
          `select test, row, round(extract(epoch from keep_until - at) / 86400) as days from strata.failing_rows order by row ->> 'name'`,
        ),
      ).toEqual([
        { test: 'a', row: { id: null, name: 'Bob' }, days: '3' },
        { test: 'a', row: { id: null, name: 'Cid' }, days: '3' },
      ])
      expect(
        await fixture.rows(
          `select has_table_privilege('strata_reader', 'strata.failing_rows', 'select') as may`,
        ),
      ).toEqual([{ may: false }])
      await fixture.test(files)
      expect(await fixture.rows('select from strata.failing_rows')).toHaveLength(2)
      // Nothing of a row stands in the record of the run.
      expect(await fixture.rows(`select from strata.steps s where s::text like '%Bob%'`)).toEqual([])
    } finally {
      await fixture.execute('drop owned by strata_reader', 'drop role strata_reader')
    }
  })

  it('are fetched in the transaction of the test, and kept after its end', async () => {
    const plan = await fixture.plan({
      'models/s.yml': sourceTests({ id: 'not_null', name: '{ accepted_values: { values: [Ann] } }' }),
    })
    const steps = testSteps(plan)
    const verdicts = await fixture.database.transaction(async (transaction) => {
      await transaction.query(`create table s.staged as select * from s.t where name <> 'Cid'`)
      const found = await runDataTests(transaction, steps, {
        rows: 1,
        substitute: (sql) => sql.replaceAll('"s"."t"', '"s"."staged"'),
      })
      await transaction.query('drop table s.staged')
      return found
    })
    expect([...verdicts.values()]).toMatchObject([
      { status: 'failed', failures: 1, rows: ['{"id": null}'] },
      { status: 'failed', failures: 1, rows: ['{"n_records": 1, "value_field": "Bob"}'] },
    ])
    let now = new Date('2026-01-01T00:00:00Z')
    const keep = (runId: string) =>
      keepFailingRows(
        fixture.database,
        { runId, target, clock: () => now },
        steps.map((step) => {
          const verdict = verdicts.get(step.id)!
          return { step, rows: verdict.kind === 'judged' ? verdict.rows : [] }
        }),
      )
    expect(await keep('one')).toBe(2)
    now = new Date('2026-01-20T00:00:00Z')
    expect(await keep('two')).toBe(2)
    now = new Date('2026-02-05T00:00:00Z')
    expect(await keep('three')).toBe(2)
    expect(await fixture.rows('select distinct run_id from strata.failing_rows order by 1')).toEqual([
      { run_id: 'three' },
      { run_id: 'two' },
    ])
    await fixture.execute(`update strata.failing_rows set keep_until = now() + interval '1 day'`)
    expect(await readFailingRows(fixture.database, target, steps[0]!.id, 5)).toMatchObject({
      runId: 'three',
      rows: [{ id: null }],
    })
  })
})
