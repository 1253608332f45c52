import type { KeyPart, TableJob } from '@strata/core'
import { expect, test } from 'vitest'
import { landRows } from '../table/land-rows.ts'
import { databaseInstance, declaredDatabase, declaredTable } from '../testing/declared-table.ts'
import { describeDatabases } from '../testing/describe-databases.ts'
import { ensureLanding } from './ensure-landing.ts'

const fields = (...names: readonly string[]): readonly KeyPart[] => names.map((name) => ({ field: [name] }))

describeDatabases('a bronze table whose job gets another key', (database) => {
  async function declared(table: string, key: readonly KeyPart[]) {
    const job: TableJob = declaredTable(table, { key })
    await ensureLanding(database(), {
      landingSchema: 'bronze',
      connectors: [declaredDatabase()],
      jobs: [job],
      instancesOf: () => [databaseInstance(1, 'north'), databaseInstance(2, 'south')],
    })
    const land = (rows: readonly object[], instanceId = 1) =>
      database().transaction((transaction) =>
        landRows(
          transaction,
          { job, landingSchema: 'bronze', instanceId, jobId: 7, runId: 70 },
          rows.map((row) => ({ json: JSON.stringify(row), changes: [], changedAt: null })),
        ),
      )
    return { land }
  }
  const column = async (table: string, expression: string) => {
    const { rows } = await database().query<{ value: unknown }>(
      `select ${expression} as value from bronze.od_${table} order by id`,
    )
    return rows.map(({ value }) => value)
  }

  test('keeps its rows when the key was id: what landed is known under the new key', async () => {
    const before = await declared('leaving', fields('id'))
    const rows = [
      { id: 1, day: '2024-05-01' },
      { id: 2, day: '2024-05-02' },
    ]
    await before.land(rows)
    await before.land(rows, 2)
    const ids = await column('leaving', '(id, changed_xid)::text')
    const after = await declared('leaving', fields('day', 'id'))
    expect(await after.land(rows)).toMatchObject({ received: 2, inserted: 0, changed: 0 })
    expect(await after.land([{ id: 1, day: '2024-05-03' }])).toMatchObject({ inserted: 1 })
    expect((await column('leaving', '(id, changed_xid)::text')).slice(0, 4)).toEqual(ids)
    expect(await column('leaving', 'record_key')).toEqual([
      '["2024-05-01", "1"]',
      '["2024-05-02", "2"]',
      '["2024-05-01", "1"]',
      '["2024-05-02", "2"]',
      '["2024-05-03", "1"]',
    ])
  })

  test('keeps rows in which the new key is missing or not their own, and comes back to id unharmed', async () => {
    const before = await declared('mistyped', fields('id'))
    await before.land([{ id: 1, code: 'a' }, { id: 2, code: 'a' }, { id: 3 }])
    const after = await declared('mistyped', fields('code'))
    expect(await column('mistyped', 'record_key')).toEqual(['former 1', '["a"]', 'former 3'])
    expect(await after.land([{ id: 2, code: 'a' }])).toMatchObject({ inserted: 0, changed: 0 })
    const again = await declared('mistyped', fields('id'))
    expect(await again.land([{ id: 1, code: 'a' }, { id: 4 }])).toMatchObject({ received: 2, inserted: 1 })
    expect(await column('mistyped', "data->>'id'")).toEqual(['1', '2', '3', '4'])
  })

  test('has one row an id when the key becomes id, the live one, and the others are kept aside', async () => {
    const before = await declared('coming', [{ record: 'whole' }])
    await before.land([
      { id: 1, v: 'old' },
      { id: 1, v: 'live' },
      { id: 1, v: 'older' },
      { id: 2, v: 'only' },
      { v: 'no id' },
    ])
    await database().query(
      `update bronze.od_coming set deleted_at = now() where data->>'v' in ('old', 'older')`,
    )
    const after = await declared('coming', fields('id'))
    expect(await column('coming', "data->>'v'")).toEqual(expect.arrayContaining(['live', 'only', 'no id']))
    expect(
      await after.land([
        { id: 1, v: 'live' },
        { id: 2, v: 'other' },
      ]),
    ).toMatchObject({
      inserted: 0,
      changed: 1,
    })
    const { rows } = await database().query(
      `select record->'data'->>'v' as v, reason from strata.taken_over_rows where table_name = 'od_coming' order by 1`,
    )
    expect(rows).toEqual([
      { v: 'old', reason: 'duplicate' },
      { v: 'older', reason: 'duplicate' },
    ])
    const back = await declared('coming', fields('id', 'v'))
    expect(await back.land([{ id: 1, v: 'live' }])).toMatchObject({ inserted: 0, changed: 0 })
  })

  test('has the row that changed last, by its change time or else by when it was written, when the key becomes id', async () => {
    const before = await declared('latest', [{ record: 'whole' }])
    for (const [id, v] of [
      [1, 'changed last'],
      [1, 'landed last'],
      [2, 'written last'],
      [2, 'inserted last'],
    ])
      await before.land([{ id, v }])
    await database().query(`
      update bronze.od_latest set
        cursor_at = case data->>'v' when 'changed last' then '2026-02-01Z' when 'landed last' then timestamptz '2026-01-01Z' end,
        updated_at = case data->>'v' when 'inserted last' then timestamptz '2026-01-01Z' else now() end`)
    await declared('latest', fields('id'))
    expect(await column('latest', "data->>'v'")).toEqual(['changed last', 'written last'])
  })

  test('is moved though a view reads its key', async () => {
    await (await declared('viewed', fields('code'))).land([{ id: 1, code: 'a' }])
    await database().query('create view bronze.keys as select record_key from bronze.od_viewed')
    await (await declared('viewed', fields('id'))).land([{ id: 1, code: 'b' }])
    expect(await column('viewed', "data->>'code'")).toEqual(['b'])
  })
})
