import { expect, test } from 'vitest'
import { describeDatabases } from '../testing/describe-databases.ts'
import { prepareRows } from '../testing/row-landing.ts'
import { compareKeys, type KeyComparison } from './compare-keys.ts'

const nothing: KeyComparison = {
  rows: 0,
  keys: 0,
  duplicates: [],
  missing: 0,
  missingKeys: [],
  live: 0,
  gone: 0,
  marked: 0,
  refused: false,
}
const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ id: from + index }))

describeDatabases('keys that are compared', (database) => {
  for (const all of [true, false])
    test(`are all there, where bronze has what the source gives (${all ? 'everything' : 'an increment'})`, async () => {
      const landing = await prepareRows(database())
      await landing.land(ids(0, 25))
      expect(await landing.compare(ids(0, 25), { all })).toEqual({
        ...nothing,
        rows: 25,
        keys: 25,
        live: all ? 25 : 0,
      })
    })

  for (const all of [true, false])
    test(`are missing where bronze does not have them, or has them as gone, or another instance has them (${all})`, async () => {
      const landing = await prepareRows(database())
      await landing.land(ids(0, 5))
      await landing.land(ids(5, 8), { instanceId: 2 })
      await database().query(
        `update bronze.${landing.job.target.name} set deleted_at = now() where data->>'id' = '4'`,
      )
      const found = await landing.compare(ids(0, 8), { all })
      expect(found).toEqual({
        ...nothing,
        rows: 8,
        keys: 8,
        missing: 4,
        missingKeys: ['4', '5', '6', '7'],
        live: all ? 4 : 0,
      })
    })

  for (const all of [true, false])
    test(`that are missing are named, ten of them (${all})`, async () => {
      const landing = await prepareRows(database(), { key: [{ field: ['a'] }, { field: ["b'"] }] })
      const keys = Array.from({ length: 15 }, (_, a) => ({ a, "b'": 'x' }))
      const found = await landing.compare(keys, { all })
      expect(found).toMatchObject({ missing: 15 })
      expect(found.missingKeys).toHaveLength(10)
      expect(found.missingKeys.slice(0, 3)).toEqual(['["0", "x"]', '["1", "x"]', '["10", "x"]'])
    })

  test('that several rows have are counted and named, and a row without a key or with one that cannot be stored is none of them', async () => {
    const landing = await prepareRows(database())
    await landing.land([{ id: 1 }, { id: 2 }, { id: '' }, { id: 'a\u0000' }, { id: 'a\ud800' }])
    const keys = [
      { id: 1 },
      { id: 2 },
      { id: 1 },
      { id: 1 },
      { id: '' },
      { id: '' },
      { id: 'a\u0000' },
      { id: 'a\ud800' },
    ]
    expect(await landing.compare(keys)).toEqual({ ...nothing, rows: 8, keys: 6, duplicates: ['1'], live: 2 })
  })

  for (const all of [true, false])
    test(`that stand in dead letters of the job and instance are not missing, unless those were landed since (${all})`, async () => {
      const landing = await prepareRows(database())
      const bad = (id: number) => ({ id, t: '\u0000' })
      await landing.land([bad(1), bad(2), bad(3)])
      await landing.land([bad(4)], { instanceId: 2 })
      const resolve = (id: number, resolution: string) =>
        database().query(`update strata.dead_letters set resolved_at = now(), resolution = '${resolution}'
          where job = 'dental.${landing.job.table}' and record->>'id' = '${id}'`)
      await resolve(2, 'dismissed')
      await resolve(3, 'superseded')
      const found = await landing.compare([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }], { all })
      expect(found).toMatchObject({ rows: 4, keys: 4, missing: 2, missingKeys: ['3', '4'] })
    })

  test('mark what the source no longer has, and nothing else, and tell those who read increments', async () => {
    const landing = await prepareRows(database())
    await landing.land(ids(0, 30))
    await landing.land(ids(0, 3), { instanceId: 2 })
    await database().query(`update bronze.${landing.job.target.name} set deleted_at = '2020-01-01Z'
      where source_instance_id = 1 and data->>'id' = '29'`)
    const state = '(t.id, changed_xid, updated_at, deleted_at)::text'
    const before = await landing.column<string>(state)
    expect(await landing.compare(ids(5, 29))).toEqual({
      ...nothing,
      rows: 24,
      keys: 24,
      live: 29,
      gone: 5,
      marked: 5,
    })
    const after = await landing.column<string>(state)
    expect(after.flatMap((row, index) => (row === before[index] ? [] : [index]))).toEqual([0, 1, 2, 3, 4])
    expect(await landing.column('deleted_at is not null and updated_at = deleted_at')).toEqual([
      ...Array.from({ length: 5 }, () => true),
      ...Array.from({ length: 28 }, () => false),
    ])
    expect(
      await landing.column(
        'changed_xid <> first_value(changed_xid) over (order by source_instance_id, t.id desc)',
      ),
    ).toMatchObject(Object.fromEntries([0, 1, 2, 3, 4].map((index) => [index, true])))
  })

  test('mark no rows for a new key of which the source gives nothing', async () => {
    const landing = await prepareRows(database(), { key: [{ field: ['id'] }, { field: ['code'] }] })
    const rows = Array.from({ length: 10 }, (_, id) => ({ id, code: 'a' }))
    await landing.land(rows)
    const job = { ...landing.job, key: [{ field: ['id'] }, { field: ['other'] }] }
    const given = rows.map(({ id }) => ({ id, other: null }))
    expect(await landing.compare(given, { over: { job } })).toMatchObject({
      gone: 10,
      marked: 0,
      refused: true,
    })
  })

  test('of an increment mark nothing', async () => {
    const landing = await prepareRows(database())
    await landing.land(ids(0, 5))
    expect(await landing.compare(ids(0, 1), { all: false })).toEqual({ ...nothing, rows: 1, keys: 1 })
    expect(await landing.column('deleted_at')).toEqual([null, null, null, null, null])
  })

  test('mark nothing where more are gone than the job allows, or all', async () => {
    const landing = await prepareRows(database())
    await landing.land(ids(0, 12))
    expect(await landing.compare(ids(11, 12))).toMatchObject({ live: 12, gone: 11, marked: 0, refused: true })
    expect(await landing.compare([])).toMatchObject({ live: 12, gone: 12, marked: 0, refused: true })
    const whole = { job: { ...landing.job, maxDeletedShare: 1 } }
    expect(await landing.compare([], { over: whole })).toMatchObject({
      live: 12,
      gone: 12,
      marked: 12,
      refused: false,
    })
  })

  test('of many rows cost no time that grows with their square, and leave the settings as they were', async () => {
    const landing = await prepareRows(database())
    await database().query(`insert into bronze.${landing.job.target.name} (data, source_instance_id)
      select jsonb_build_object('id', id), 1 from generate_series(0, 19999) as id`)
    await database().transaction(async (transaction) => {
      const keys = (async function* () {
        yield ids(10, 20_000).map((key) => JSON.stringify(key))
      })()
      const found = await compareKeys(transaction, landing.place(), keys, true)
      expect(found).toEqual({ ...nothing, rows: 19_990, keys: 19_990, live: 20_000, gone: 10, marked: 10 })
      const { rows } = await transaction.query(
        "select current_setting('enable_nestloop') as loops, current_setting('jit') as jit",
      )
      const { rows: usual } = await database().query(
        "select current_setting('enable_nestloop') as loops, current_setting('jit') as jit",
      )
      expect(rows).toEqual(usual)
    })
  })
})
