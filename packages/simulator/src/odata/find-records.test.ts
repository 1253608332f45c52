import { describe, expect, test } from 'vitest'
import type { SimulatedRecord } from '../content/value.ts'
import { exactNumber } from '../content/value.ts'
import type { Collection } from '../entities/collection.ts'
import { findRecords } from './find-records.ts'
import { parseQuery } from './parse-query.ts'
import { Refusal } from './refusal.ts'

const rows: readonly SimulatedRecord[] = [
  row({
    id: 1,
    name: "O'Neil",
    weight: exactNumber('9.50'),
    active: true,
    born: '1980-01-31',
    big: exactNumber('9007199254740993'),
  }),
  row({
    id: 2,
    name: 'Zoe',
    weight: exactNumber('10.00'),
    active: false,
    born: null,
    site: { id: 7, name: 'A' },
  }),
  row({ id: 3, name: null, weight: null, active: null, born: '1999-12-31', site: { id: 8, name: null } }),
  row({
    id: 4,
    name: 'and or not',
    weight: exactNumber('-1.10'),
    active: true,
    born: '1980-02-01',
    site: { id: 7, name: 'B' },
  }),
]

describe('$filter', () => {
  test.each([
    ['id eq 2', [2]],
    ['id ne 2', [1, 3, 4]],
    ['2 lt id', [3, 4]],
    ['id ge 2 and id le 3', [2, 3]],
    ["name eq 'O''Neil'", [1]],
    ["name eq 'and or not'", [4]],
    ["name ne 'Zoe'", [1, 3, 4]],
    ['name eq null', [3]],
    ['name ne null', [1, 2, 4]],
    ['weight gt 9.5', [2]],
    ['weight ge 9.5', [1, 2]],
    ['weight lt 0', [4]],
    ['weight lt 100 or weight ge 100', [1, 2, 4]],
    ['weight gt null', []],
    ['null le null', []],
    ['not (weight gt 9.5)', [1, 3, 4]],
    ['weight eq 1e1', [2]],
    ['big eq 9007199254740993', [1]],
    ['big eq 9007199254740992', []],
    ['active', [1, 4]],
    ['not active', [2]],
    ['active eq true', [1, 4]],
    ['active eq null', [3]],
    ['born lt 1980-02-01', [1]],
    ['born ge 1980-02-01', [3, 4]],
    ['site eq null', [1]],
    ['site/id eq 7', [2, 4]],
    ['site/name eq null', [1, 3]],
    ['id eq 1 or id eq 2 and id eq 3', [1]],
    ['(id eq 1 or id eq 2) and id ne 1', [2]],
    ['not(id eq 1)and not(id eq 2)', [3, 4]],
    ['modifiedDate ge 2024-01-03T00:00:00Z', [3, 4]],
    ['modifiedDate gt 2024-01-03T00:00:00.000Z', [4]],
    ['modifiedDate eq 2024-01-03T02:00:00+02:00', [3]],
    ['modifiedDate eq 2024-01-03T00:00:00.0000000Z', [3]],
    ['modifiedDate gt 2024-01-02T00:00:00Z or (modifiedDate eq 2024-01-02T00:00:00Z and id gt 1)', [2, 3, 4]],
    ["modifiedDate gt 2024-01-02T00:00:00Z and name ne 'x'", [3, 4]],
    ['id eq id', [1, 2, 3, 4]],
  ])('finds with %s', (filter, ids) => {
    expect(find({ $filter: filter })).toEqual(ids)
  })

  test.each([
    ['', 400, 'ends too early, at character 1'],
    ['id', 400, 'A condition is expected'],
    ['id eq', 400, 'ends too early, at character 6'],
    ['id eq 1)', 400, 'Unexpected ) at character 8'],
    ['(id eq 1', 400, 'ends too early'],
    ['id = 1', 400, 'Not understood at character 4'],
    ['id EQ 1', 400, 'Unexpected EQ'],
    ["name eq 'open", 400, 'Not understood at character 9'],
    ['nothing eq 1', 400, 'There is no property nothing'],
    ['site/nothing eq 1', 400, 'There is no property site/nothing'],
    ['toString eq 1', 400, 'There is no property toString'],
    ["id eq '2'", 400, 'A number is not comparable with a string'],
    ['active gt false', 400, 'has no order'],
    ["modifiedDate ge '2024-01-01T00:00:00Z'", 400, 'A datetime is not comparable with a string'],
    ['modifiedDate ge 2024-01-01T00:00:00', 400, 'needs an offset or Z'],
    ['modifiedDate ge 2024-01-01', 400, 'A datetime is not comparable with a date'],
    ["modifiedDate ge datetime'2024-01-01T00:00:00'", 400, 'not OData v4'],
    ['modifiedDate ge 2024-02-30T00:00:00Z', 400, 'Not a date'],
    ['modifiedDate ge 2024-01-01T00:00:00 02:00', 400, 'needs an offset or Z'],
    [`${'('.repeat(5000)}id eq 1${')'.repeat(5000)}`, 400, 'nested too deeply'],
    [`${'not '.repeat(5000)}active`, 400, 'nested too deeply'],
    ["contains(name,'x')", 501, 'Functions are not supported: contains'],
    ['year(modifiedDate) eq 2024', 501, 'Functions'],
    ['id add 1 eq 2', 501, 'The operator add'],
    ['id in (1,2)', 501, 'The operator in'],
    ['tags/any(t:t eq 1)', 501, 'Functions'],
    ['tags eq null', 501, 'Collections'],
  ])('refuses %j with %i', (filter, status, message) => {
    const refusal = refusalOf({ $filter: filter })
    expect(refusal.message).toContain(message)
    expect(refusal.status).toBe(status)
  })
})

describe('$orderby', () => {
  test.each([
    ['id', [1, 2, 3, 4]],
    ['id desc', [4, 3, 2, 1]],
    ['name', [3, 1, 2, 4]],
    ['name desc,id', [4, 2, 1, 3]],
    ['weight asc', [3, 4, 1, 2]],
    ['site/id desc, id desc', [3, 4, 2, 1]],
    ['modifiedDate desc', [4, 3, 2, 1]],
    ['active', [3, 2, 1, 4]],
  ])('sorts by %s, nulls first, ties by id', (orderBy, ids) => {
    expect(find({ $orderby: orderBy })).toEqual(ids)
  })

  test('sorts what the filter leaves', () => {
    expect(find({ $orderby: 'id desc', $filter: 'id gt 2' })).toEqual([4, 3])
  })

  test.each([
    [{ $orderby: 'nothing' }, 400],
    [{ $orderby: 'id up' }, 400],
    [{ $orderby: '' }, 400],
    [{ $orderby: 'site' }, 400],
    [{ $orderby: 'length(name)' }, 501],
    [{ $top: '-1' }, 400],
    [{ $top: 'all' }, 400],
    [{ $top: '5001' }, 400],
    [{ $skip: '1.5' }, 400],
    [{ $count: 'yes' }, 400],
    [{ $select: 'id,nothing' }, 400],
    [{ $expand: 'site' }, 501],
    [{ $search: 'x' }, 501],
    [{ $skiptoken: 'x' }, 501],
  ])('refuses %j with %i', (options, status) => {
    expect(refusalOf(options).status).toBe(status)
  })

  test('refuses an option given twice, and ignores what is not for OData', () => {
    expect(() => parseQuery(new URLSearchParams('$top=1&$top=2'), collection.schema)).toThrow('given twice')
    expect(find({ tenant: 'x' })).toEqual([1, 2, 3, 4])
  })
})

describe('a walk through many records', () => {
  const size = 20_000
  const walk = (options: { readonly [name: string]: string }, next: (last: number) => string) => {
    const looked = { records: 0, indexes: 0 }
    const many: Collection = {
      ...collection,
      count: () => size,
      stamp(index) {
        looked.records += 1
        return { id: index + 1, createdDate: 0, modifiedDate: (index % 100) * 1000 }
      },
      record: (index) => row({ id: index + 1 }),
    }
    const indexes = new Map<string, Uint32Array>()
    const found: number[] = []
    const counts = new Set<number | null>()
    for (;;) {
      const filter = next((found.at(-1) ?? -1) + 1)
      const query = parseQuery(
        new URLSearchParams({ ...options, $filter: filter, $top: '1000' }),
        many.schema,
      )
      const page = findRecords(many, query, 0, (name, build) => {
        const index = indexes.get(name) ?? build()
        indexes.set(name, index)
        return index
      })
      counts.add(page.count === null ? null : page.count + found.length)
      if (page.indexes.length === 0) break
      found.push(...page.indexes)
    }
    looked.indexes = indexes.size
    return { found: found.length, counts: [...counts], looked }
  }
  const since = 'modifiedDate ge 1970-01-01T00:00:50Z'

  test('by key looks at none but those of the page', () => {
    const { found, looked } = walk({ $orderby: 'id' }, (last) => `id gt ${last}`)
    expect(found).toBe(size)
    expect(looked.records).toBeLessThan(21 * 20)
    expect(looked.indexes).toBe(0)
  })

  test('by key and change time looks at each record once, and remembers the time', () => {
    const { found, looked } = walk({ $orderby: 'id' }, (last) => `${since} and id gt ${last}`)
    expect(found).toBe(size / 2)
    expect(looked.records).toBeLessThan(size * 1.1)
    expect(looked.indexes).toBe(1)
  })

  test('that asks for counts remembers what the filter finds, whatever page is asked for', () => {
    const options = { $orderby: 'id', $count: 'true' }
    const { found, counts, looked } = walk(options, (last) => `id gt ${last} and ${since}`)
    expect(found).toBe(size / 2)
    expect(counts).toEqual([size / 2])
    expect(looked.records).toBeLessThan(size * 1.1)
    expect(looked.indexes).toBe(2)
  })
})

const collection: Collection = {
  name: 'Rows',
  schema: {
    id: 'number',
    name: 'string',
    weight: 'number',
    big: 'number',
    active: 'boolean',
    born: 'date',
    site: { id: 'number', name: 'string' },
    tags: 'collection',
    createdDate: 'datetime',
    modifiedDate: 'datetime',
  },
  count: () => rows.length,
  stamp: (index) => ({
    id: index + 1,
    createdDate: Date.UTC(2024, 0, index + 1),
    modifiedDate: Date.UTC(2024, 0, index + 1),
  }),
  record: (index) => rows[index]!,
}

function row(fields: SimulatedRecord): SimulatedRecord {
  const changed = new Date(Date.UTC(2024, 0, fields.id as number)).toISOString()
  return { big: null, site: null, tags: [], createdDate: changed, modifiedDate: changed, ...fields }
}

function find(options: { readonly [name: string]: string }): readonly number[] {
  const query = parseQuery(new URLSearchParams(options), collection.schema)
  const found = findRecords(collection, { ...query, count: true }, 0)
  expect(found).toMatchObject({ count: found.indexes.length, isMore: false })
  expect(findRecords(collection, query, 0)).toMatchObject({ count: null, indexes: found.indexes })
  return found.indexes.map((index) => index + 1)
}

function refusalOf(options: { readonly [name: string]: string }): Refusal {
  try {
    find(options)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('not refused')
}
