import type { SimulatedRecord } from '../content/value.ts'
import type { Collection } from '../entities/collection.ts'
import { comparable, typeAt, valueAt } from './field-path.ts'
import type { Query, SortKey } from './parse-query.ts'

/** The records that a query finds, by their indexes, before `$skip` and `$top`. */
export interface Found {
  readonly count: number
  indexAt(position: number): number
}

const stampFields = new Set(['id', 'createdDate', 'modifiedDate'])

/** Cheap where nothing is filtered and the order is by id; otherwise every record is looked at, but built only if needed. */
export function findRecords(
  collection: Collection,
  query: Pick<Query, 'filter' | 'orderBy'>,
  now: number,
): Found {
  const total = collection.count(now)
  const isByIndex = query.orderBy.length === 0 || isAscendingId(query.orderBy[0]!)
  if (query.filter === null && isByIndex) return { count: total, indexAt: (position) => position }

  const matching = filterIndexes(collection, query.filter, total, now)
  const indexes = isByIndex ? matching : sortIndexes(collection, matching, query.orderBy, now)
  return { count: indexes.length, indexAt: (position) => indexes[position]! }
}

function filterIndexes(
  collection: Collection,
  filter: Query['filter'],
  total: number,
  now: number,
): Uint32Array {
  const indexes = new Uint32Array(total)
  let count = 0
  const read = reader(collection, filter?.paths ?? [], now)
  for (let index = 0; index < total; index += 1) {
    if (filter === null || filter.matches(read(index))) indexes[count++] = index
  }
  return indexes.slice(0, count)
}

function sortIndexes(
  collection: Collection,
  indexes: Uint32Array,
  orderBy: readonly SortKey[],
  now: number,
): Uint32Array {
  const read = reader(
    collection,
    orderBy.map((key) => key.path),
    now,
  )
  const keys = orderBy.map((key) => ({ ...key, type: typeAt(collection.schema, key.path, '$orderby') }))
  const rows = Array.from(indexes, (index) => {
    const record = read(index)
    return { index, values: keys.map((key) => comparable(valueAt(record, key.path), key.type)) }
  })
  rows.sort((left, right) => {
    for (const [position, key] of keys.entries()) {
      const order = compareWithNullFirst(left.values[position] ?? null, right.values[position] ?? null)
      if (order !== 0) return key.descending ? -order : order
    }
    return left.index - right.index
  })
  return Uint32Array.from(rows, (row) => row.index)
}

/** Reads whole records only where a stamp does not tell enough. */
function reader(
  collection: Collection,
  paths: readonly (readonly string[])[],
  now: number,
): (index: number) => SimulatedRecord {
  const isStampEnough = paths.every((path) => path.length === 1 && stampFields.has(path[0]!))
  return isStampEnough
    ? (index) => collection.stamp(index, now) as unknown as SimulatedRecord
    : (index) => collection.record(index, now)
}

type SortValue = ReturnType<typeof comparable>

function compareWithNullFirst(left: SortValue, right: SortValue): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? -1 : 1
  return left < right ? -1 : left > right ? 1 : 0
}

function isAscendingId(key: SortKey): boolean {
  return !key.descending && key.path.length === 1 && key.path[0] === 'id'
}
