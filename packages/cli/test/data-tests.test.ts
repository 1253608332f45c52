import { describeOldestServer } from '@strata/postgres/testing'
import { runDataTests } from '@strata/runner'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  type DataTestFixture,
  openDataTestFixture,
  sourceTests,
  testSteps,
  told,
} from './data-test-fixture.ts'

describeOldestServer('the data tests that are built in', (server) => {
  let fixture: DataTestFixture
  beforeEach(async () => {
    fixture = await openDataTestFixture(server)
    await fixture.execute(
      'create schema s',
      'create table s.t (id int, kind text, price numeric, day date, at timestamptz)',
      `insert into s.t values (1, 'a', 10, '2024-01-01', now()), (2, 'b', -1, '2024-01-02', now() - interval '2 days'),
(2, 'c', null, '2023-12-31', null), (null, null, 20.5, null, null)`,
    )
  })
  afterEach(() => fixture.drop())

  const results = async (columns: { readonly [name: string]: string }, table = '') =>
    told(await fixture.test({ 'models/s.yml': sourceTests(columns, table) }))

  it('count the failing rows of columns', async () => {
    expect(
      await results({
        id: 'not_null, unique, { range: { min: 2, name: from_two } }, { range: { min: 1, max: 2, inclusive: false, name: between } }',
        price: "{ range: { max: 10, name: cheap } }, { expression: { expression: '>= 0', name: positive } }",
        day: '{ range: { min: 2024-01-01, max: "now()::date", name: of_2024 } }',
        kind: '{ accepted_values: { values: [a], name: only_a } }',
        at: '{ recency: { within: 1 day, name: fresh } }',
      }),
    ).toEqual([
      'between failed: 3 failing rows',
      'cheap failed: 1 failing row',
      'fresh success: passed',
      'from_two failed: 1 failing row',
      'of_2024 failed: 1 failing row',
      'only_a failed: 2 failing rows',
      'positive failed: 1 failing row',
      'source_not_null_s_t_id failed: 1 failing row',
      'source_unique_s_t_id failed: 1 failing row',
    ])
  })

  it('count the failing rows of a relation', async () => {
    await fixture.execute(
      'create table s.same as select kind, id, price, day, at from s.t',
      'create table s.other as select * from s.t where id = 1 union all select * from s.t where id = 1',
    )
    const to = (table: string) => `to: "source('s', '${table}')"`
    const yaml = `sources: [{ name: s, tables: [{ name: same }, { name: other }, { name: t, data_tests: [
  { unique_combination: { columns: [id, kind], name: pairs } },
  { unique_combination: { columns: [id], name: ids, where: id is not null } },
  { expression: { expression: "id = 1 or price > 0 -- a remark", name: one_or_dear } },
  { row_count: { min: 4, max: 4, name: four } },
  { row_count: { min: 5, name: five } },
  { recency: { field: at, datepart: hour, interval: 1, name: within_hour } },
  { recency: { field: at, within: 1 hour, where: id = 2, name: two_within_hour } },
  { recency: { field: at, within: 1 hour, where: id = 7, name: nothing_within_hour } },
  { equal_rows: { ${to('same')}, name: same_rows } },
  { equal_rows: { ${to('other')}, name: other_rows } },
  { equal_rows: { ${to('other')}, columns: [id], name: other_ids, where: id = 1 } },
  { equal_rows: { ${to('same')}, exclude: [price, at], where: id is not null, name: same_but } },
  ] }] }]`
    expect(told(await fixture.test({ 'models/s.yml': yaml }))).toEqual([
      'five failed: 1 failing row',
      'four success: passed',
      'ids failed: 1 failing row',
      'nothing_within_hour failed: 1 failing row',
      'one_or_dear failed: 1 failing row',
      'other_ids failed: 1 failing row',
      'other_rows failed: 4 failing rows',
      'pairs success: passed',
      'same_but failed: 1 failing row',
      'same_rows success: passed',
      'two_within_hour failed: 1 failing row',
      'within_hour success: passed',
    ])
  })

  it('compare the number of rows with that of the last run that did not fail', async () => {
    const count = (change: string) =>
      results({}, `{ row_count: { against: last_run, max_change: ${change}, name: n } }`)
    expect(await count('50%')).toEqual(['n success: passed; 4 rows, no earlier run to compare with'])
    await fixture.execute('insert into s.t select from generate_series(1, 2)')
    expect(await count('50%')).toEqual(['n success: passed; 6 rows'])
    await fixture.execute('insert into s.t select from generate_series(1, 4)')
    expect(await count('50%')).toEqual(['n failed: 1 failing row; 10 rows'])
    expect(await count('50%')).toEqual(['n failed: 1 failing row; 10 rows'])
    // Other arguments make another test.
    expect(await count('0')).toEqual(['n success: passed; 10 rows, no earlier run to compare with'])
    await fixture.execute('delete from s.t where id = 1')
    expect(await count('0')).toEqual(['n failed: 1 failing row; 9 rows'])
    expect(await count('50%')).toEqual(['n success: passed; 9 rows'])
  })

  it('compare it also where the failing rows are kept', async () => {
    const count = () =>
      results({}, '{ row_count: { against: last_run, max_change: 10%, name: n, store_failures: true } }')
    expect(await count()).toEqual(['n success: passed; 4 rows, no earlier run to compare with'])
    await fixture.execute('delete from s.t where id = 1')
    expect(await count()).toEqual(['n failed: 1 failing row; 3 rows'])
    expect(await fixture.rows('select n_rows, former_rows from dbt_test__audit.n')).toEqual([
      { n_rows: '3', former_rows: '4' },
    ])
  })

  it('give way to a macro of the project that has their name', async () => {
    const files = {
      'macros/range.sql':
        '{% test range(model, column_name, low) %}select 1 as mine where {{ low }} = 3{% endtest %}',
      'models/s.yml': sourceTests({ id: '{ range: { low: 3, name: mine } }' }),
    }
    expect(told(await fixture.test(files))).toEqual(['mine failed: 1 failing row'])
  })

  it('are asked in one scan of a subject, as far as their configuration allows', async () => {
    const yaml = sourceTests(
      {
        id: 'not_null, unique, { range: { min: 1, config: { fail_calc: sum(id) }, name: own_calc } }, { not_null: { limit: 1, name: limited } }',
        kind: 'not_null, { accepted_values: { values: [a] } }, { not_null: { where: id > 1, name: filtered } }, { not_null: { config: { error_if: "between 1 and 3" }, name: odd } }',
      },
      '{ row_count: { min: 1 } }, { expression: { expression: id > 0 } }',
    )
    const plan = await fixture.plan({ 'models/s.yml': yaml })
    const scans: string[] = []
    await fixture.database.transaction(async (transaction) => {
      await runDataTests(
        {
          query: (statement) => {
            const text = typeof statement === 'string' ? statement : statement.text
            if (text.includes('"s"."t"')) scans.push(text)
            return transaction.query(statement)
          },
        },
        testSteps(plan),
      )
    })
    expect(testSteps(plan).filter(({ within }) => within !== undefined)).toHaveLength(7)
    // unique, own_calc, limited, filtered and odd stand alone
    expect(scans).toHaveLength(6)
    expect(scans.filter((sql) => sql.includes('filter'))).toHaveLength(1)
  })

  it('stand for themselves where one of them is broken', async () => {
    const { results } = await fixture.test({
      'models/s.yml': sourceTests(
        { id: 'not_null', kind: 'not_null' },
        '{ expression: { expression: nothing > 1, name: broken } }, { expression: { expression: "1 / (id - 1) > 0", name: divides } }, { row_count: { against: last_run, max_change: 1%, name: n } }',
      ),
    })
    expect(told({ results })).toEqual([
      expect.stringContaining('broken failed: column "nothing" does not exist'),
      'divides failed: division by zero',
      'n success: passed; 4 rows, no earlier run to compare with',
      'source_not_null_s_t_id failed: 1 failing row',
      'source_not_null_s_t_kind failed: 1 failing row',
    ])
    expect(results.find(({ name }) => name === 'broken')!.failure).toMatchObject({
      code: 'UNKNOWN_COLUMN',
      sql: expect.stringMatching(/^select \*\nfrom/),
    })
    expect(results.find(({ name }) => name === 'broken')!.counts).toEqual({})
  })
})
