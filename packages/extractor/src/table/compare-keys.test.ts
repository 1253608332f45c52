import { expect, test } from 'vitest'
import { describeDatabases } from '../testing/describe-databases.ts'
import { prepareRows } from '../testing/row-landing.ts'
import type { KeyComparison } from './compare-keys.ts'

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
})
