import type { SimulatedRecord } from '../content/value.ts'
import { type Collection, keyOf, keyReader, reader } from '../entities/collection.ts'
import type { Bound, Conjunct } from './compile-filter.ts'
import { judgeByDates, type Remember, type Verdict } from './date-columns.ts'
import { comparable, typeAt, valueAt } from './field-path.ts'
import type { Query, SortKey } from './parse-query.ts'

/** One page of what a query finds. */
export interface Found {
  /** Of the records that the query finds on all pages; null where it was not asked for. */
  readonly count: number | null
  /** Those of the page. */
  readonly indexes: readonly number[]
  /** Whether more follow. */
  readonly isMore: boolean
}

type Search = Pick<Query, 'filter' | 'orderBy' | 'top' | 'skip' | 'count' | 'after' | 'shuffled'>

/**
 * A walk by key looks at none but the records of its pages. What must be known as a whole (an order, the dates that a
 * filter compares, the matches of one that are counted or skipped) is held as an index, four bytes a record.
 * `remember` null: it is all made anew, and a walk by a filter looks at each record once.
 */
export function findRecords(
  collection: Collection,
  query: Search,
  now: number,
  remember: Remember | null = null,
): Found {
  const total = collection.count(now)
  const isByKey = collection.isOrdered !== false && isByKeyAscending(query.orderBy, keyOf(collection))
  const isByIndex = isByKey || query.orderBy.length === 0
  const orderText = JSON.stringify(query.orderBy)
  const known: Remember = remember ?? ((_, build) => build())
  const indexAt = isByIndex
    ? (position: number) => position
    : isByKeyDescending(collection, query.orderBy)
      ? (position: number) => total - 1 - position
      : inOrder(known(`order ${orderText}`, () => sortIndexes(collection, query.orderBy, total, now)))

  const conjuncts = query.filter?.conjuncts ?? []
  const range = { from: 0, to: total }
  const rest = isByKey ? narrow(range, conjuncts, collection, now) : conjuncts
  const first =
    query.after === undefined
      ? range.from
      : Math.max(range.from, keyBound(collection, query.after, false, now))
  const read = reader(
    collection,
    rest.flatMap(({ paths }) => paths),
    now,
  )
  let judge: Verdict | null = null
  const isMatch = (position: number): boolean => {
    const index = indexAt(position)
    if (remember !== null) {
      judge ??= judgeByDates(collection, rest, now, remember)
      const verdict = judge(index)
      if (verdict !== null) return verdict
    }
    const record = read(index)
    return rest.every((conjunct) => conjunct.matches(record))
  }

  if (rest.length > 0 && !query.count && query.skip === 0 && query.shuffled !== true) {
    const indexes: number[] = []
    for (let position = first; position < range.to; position += 1) {
      if (!isMatch(position)) continue
      if (indexes.length === query.top) return { count: null, indexes, isMore: true }
      indexes.push(indexAt(position))
    }
    return { count: null, indexes, isMore: false }
  }

  const matches = rest.length === 0 ? null : known(matchName(orderText, rest), () => collect(total, isMatch))
  const place = (position: number): number => (matches === null ? position : lowerBound(matches, position))
  const [low, start, end] = [place(range.from), place(first), place(Math.max(range.from, range.to))]
  const count = end - low
  const wanted = { from: start + query.skip, to: Math.min(end, start + query.skip + query.top) }
  const shuffle = query.shuffled === true ? shuffler(count) : (position: number) => position
  const indexes: number[] = []
  for (let at = wanted.from; at < wanted.to; at += 1) {
    const position = low + shuffle(at - low)
    indexes.push(indexAt(matches === null ? position : matches[position]!))
  }
  return { count: query.count ? count : null, indexes, isMore: wanted.to < end }
}

function matchName(orderText: string, rest: readonly Conjunct[]): string {
  return `match ${orderText} ${rest.map(({ text }) => text).join(' ')}`
}

function collect(total: number, isMatch: (position: number) => boolean): Uint32Array {
  const matches = new Uint32Array(total)
  let count = 0
  for (let position = 0; position < total; position += 1) {
    if (isMatch(position)) matches[count++] = position
  }
  return matches.slice(0, count)
}

/** Takes the conditions on the key into the range, and gives the others back. */
function narrow(
  range: { from: number; to: number },
  conjuncts: readonly Conjunct[],
  collection: Collection,
  now: number,
): readonly Conjunct[] {
  return conjuncts.filter(({ bound }) => {
    if (bound === null || bound.operator === 'ne' || !isKey(bound, collection)) return true
    const { operator, value } = bound
    if (value === null) return true
    if (operator !== 'lt' && operator !== 'le') {
      range.from = Math.max(range.from, keyBound(collection, value, operator !== 'gt', now))
    }
    if (operator !== 'gt' && operator !== 'ge') {
      range.to = Math.min(range.to, keyBound(collection, value, operator === 'lt', now))
    }
    return false
  })
}

function isKey({ path }: Bound, collection: Collection): boolean {
  return path.length === 1 && path[0] === keyOf(collection)
}

/** The first index whose key is greater than the value, or equal to it where `isIncluded`. */
export function keyBound(
  collection: Collection,
  value: number | bigint | string,
  isIncluded: boolean,
  now: number,
): number {
  const read = keyReader(collection, now)
  let [low, high] = [0, collection.count(now)]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const key = comparable(read(middle), 'number')
    const isBelow = key === null || (isIncluded ? key < value : key <= value)
    if (isBelow) low = middle + 1
    else high = middle
  }
  return low
}

/** The first place in an ascending list whose value is not below. */
function lowerBound(values: Uint32Array, value: number): number {
  let [low, high] = [0, values.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Another order of 0 to count - 1, found without a list: a walk by a step that shares no divisor with their number. */
function shuffler(count: number): (position: number) => number {
  let step = Math.max(1, Math.floor(count * 0.618))
  while (divisor(step, count) > 1) step += 1
  return (position) => (count === 0 ? position : (position * step + Math.floor(count / 3)) % count)
}

function divisor(left: number, right: number): number {
  return right === 0 ? left : divisor(right, left % right)
}

type SortValue = ReturnType<typeof comparable>

function sortIndexes(
  collection: Collection,
  orderBy: readonly SortKey[],
  total: number,
  now: number,
): Uint32Array {
  const read = reader(
    collection,
    orderBy.map((key) => key.path),
    now,
  )
  const keys = orderBy.map(({ path, descending }) => {
    const type = typeAt(collection.schema, path, '$orderby')
    const values: SortValue[] = new Array(total)
    return { type, path, sign: descending ? -1 : 1, values }
  })
  const indexes = new Uint32Array(total)
  for (let index = 0; index < total; index += 1) {
    const record: SimulatedRecord = read(index)
    indexes[index] = index
    for (const { path, type, values } of keys) values[index] = comparable(valueAt(record, path), type)
  }
  return indexes.sort((left, right) => {
    for (const { values, sign } of keys) {
      const order = compareWithNullFirst(values[left]!, values[right]!)
      if (order !== 0) return sign * order
    }
    return left - right
  })
}

function compareWithNullFirst(left: SortValue, right: SortValue): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? -1 : 1
  return left < right ? -1 : left > right ? 1 : 0
}

function inOrder(order: Uint32Array): (position: number) => number {
  return (position) => order[position]!
}

/** The order of the indexes from the end. Older states of a record stay before the newer one. */
function isByKeyDescending(collection: Collection, orderBy: readonly SortKey[]): boolean {
  const [first] = orderBy
  return (
    collection.isOrdered !== false &&
    collection.isStale === undefined &&
    first?.descending === true &&
    first.path.join('/') === keyOf(collection)
  )
}

function isByKeyAscending(orderBy: readonly SortKey[], key: string): boolean {
  const [first] = orderBy
  return first === undefined || (!first.descending && first.path.length === 1 && first.path[0] === key)
}
