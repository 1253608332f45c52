import { expect, test } from 'vitest'
import { DAY } from '../content/epoch.ts'
import type { SimulatedRecord, Value } from '../content/value.ts'
import type { Collection } from '../entities/collection.ts'
import { findRecords } from './find-records.ts'
import { parseQuery } from './parse-query.ts'

const from = Date.UTC(2020, 0, 1)
const operators = ['lt', 'le', 'eq', 'ne', 'ge', 'gt']

test('windows over many records build each of them once, and then none', () => {
  const size = 20_000
  const ask = asker(size, (index) => ({
    startDate: new Date(from + ((index * 7) % 1_000) * DAY).toISOString(),
  }))
  const found: number[] = []
  for (let day = 0; day < 1_000; day += 100) {
    const filter = `startDate ge ${instant(day)} and startDate lt ${instant(day + 100)}`
    for (const count of ['true', 'false']) found.push(ask(filter, count).indexes.length)
    expect(ask(filter).count).toBe(2_000)
  }
  expect(found).toEqual(found.map(() => 2_000))
  // Those that stand on a bound are looked at: twenty on each of the two, for each of the two ways to ask.
  expect(ask.built()).toBeLessThan(size + 10 * 2 * 2 * 20 + 1)
})

test('what is remembered of a date finds what the records themselves say', () => {
  const times: readonly Value[] = [
    null,
    '0001-01-01T00:00:00Z',
    '1901-12-13T00:00:00Z',
    '2020-01-01T00:00:00Z',
    '2020-01-01T00:00:00.001Z',
    '2020-01-01T00:00:00.999Z',
    '2020-01-01T00:00:01Z',
    '2020-01-01T02:00:00.001+02:00',
    '2038-01-20T00:00:00Z',
    '9999-12-31T23:59:59Z',
    'unknown',
  ]
  const days: readonly Value[] = [null, '0001-01-01', '2020-01-01', '2020-01-02', '9999-12-31', 'unknown', '']
  const records = times.flatMap((startDate) => days.map((born) => ({ startDate, born })))
  const ask = asker(records.length, (index) => records[index]!)
  const bounds = ['null', ...times.flatMap((time) => (/Z$/.test(String(time)) ? [String(time)] : []))]
  const ofTimes = bounds.flatMap((bound) => operators.map((operator) => `startDate ${operator} ${bound}`))
  const ofDays = ['null', '2020-01-01', '0001-01-01'].flatMap((bound) =>
    operators.map((operator) => `born ${operator} ${bound}`),
  )
  for (const filter of [
    ...ofTimes,
    ...ofDays,
    ...ofDays.map((other) => `${ofTimes[11]} and ${other}`),
    'startDate ge 2020-01-01T00:00:00Z and id gt 20 and born ne null',
    'startDate ge 2020-01-01T00:00:00Z or born eq null',
  ])
    expect(ask(filter), filter).toEqual(ask.plainly(filter))
})

/** Of records whose building is counted. */
function asker(size: number, fields: (index: number) => SimulatedRecord) {
  let built = 0
  const records: Collection = {
    name: 'Rows',
    schema: { id: 'number', startDate: 'datetime', born: 'date' },
    count: () => size,
    record(index) {
      built += 1
      return { id: index + 1, ...fields(index) }
    },
  }
  const indexes = new Map<string, Uint32Array>()
  const remember = (name: string, build: () => Uint32Array): Uint32Array => {
    const index = indexes.get(name) ?? build()
    indexes.set(name, index)
    return index
  }
  const query = (filter: string, count: string) =>
    parseQuery(new URLSearchParams({ $filter: filter, $top: '5000', $count: count }), records.schema)
  return Object.assign(
    (filter: string, count = 'true') => findRecords(records, query(filter, count), 0, remember),
    {
      plainly: (filter: string) => findRecords(records, query(filter, 'true'), 0),
      built: () => built,
    },
  )
}

function instant(day: number): string {
  return new Date(from + day * DAY).toISOString()
}
