import { type Collection, reader } from '../entities/collection.ts'
import type { Conjunct } from './compile-filter.ts'
import { comparable, typeAt, valueAt } from './field-path.ts'
import type { ComparisonOperator } from './filter.ts'

/** Gives what was built under this name before, as long as the records are the same. */
export type Remember = (name: string, build: () => Uint32Array) => Uint32Array

/** Whether the record of this index meets all conditions; null: it has to be looked at. */
export type Verdict = (index: number) => boolean | null

type Compare = (code: number) => boolean | null

// Codes grow with what they stand for; two values of one code need not be equal.
const UNKNOWN = 0
const NULL = 1
const LOWEST = 2
const HIGHEST = 0xffff_ffff

/**
 * Judges by what is remembered of date fields, four bytes a record: another window of the same field builds none of the
 * records again that are surely within it or without.
 */
export function judgeByDates(
  collection: Collection,
  conjuncts: readonly Conjunct[],
  now: number,
  remember: Remember,
): Verdict {
  const tests = conjuncts.flatMap(({ bound }) => {
    if (bound === null) return []
    const type = typeAt(collection.schema, bound.path, '$filter')
    const code = codeOf(bound.value, type)
    if ((type !== 'date' && type !== 'datetime') || code === UNKNOWN) return []
    const column = remember(`column ${bound.path.join('/')}`, () =>
      buildColumn(collection, bound.path, type, now),
    )
    return [{ column, compare: comparison(bound.operator, code) }]
  })
  const isAllTold = tests.length === conjuncts.length
  return (index) => {
    let verdict: boolean | null = isAllTold ? true : null
    for (const { column, compare } of tests) {
      const told = compare(column[index]!)
      if (told === false) return false
      if (told === null) verdict = null
    }
    return verdict
  }
}

function buildColumn(
  collection: Collection,
  path: readonly string[],
  type: 'date' | 'datetime',
  now: number,
): Uint32Array {
  const read = reader(collection, [path], now)
  const column = new Uint32Array(collection.count(now))
  for (let index = 0; index < column.length; index += 1)
    column[index] = codeOf(comparable(valueAt(read(index), path), type), type)
  return column
}

/** Of a date its digits, of a datetime its seconds. */
function codeOf(value: ReturnType<typeof comparable>, type: ReturnType<typeof typeAt>): number {
  if (value === null) return NULL
  if (type === 'datetime' && typeof value === 'number' && !Number.isNaN(value))
    return Math.min(HIGHEST, Math.max(LOWEST, Math.floor(value / 1000) + 0x8000_0000))
  if (type === 'date' && typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value))
    return LOWEST + Number(value.replaceAll('-', ''))
  return UNKNOWN
}

function comparison(operator: ComparisonOperator, bound: number): Compare {
  if (bound === NULL) {
    // Null is equal to null alone, and neither less nor greater than anything.
    const isNullMatch = operator === 'eq'
    const isOtherMatch = operator === 'ne'
    return (code) => (code === UNKNOWN ? null : code === NULL ? isNullMatch : isOtherMatch)
  }
  const isBelowMatch = operator === 'lt' || operator === 'le' || operator === 'ne'
  const isAboveMatch = operator === 'gt' || operator === 'ge' || operator === 'ne'
  const isNullMatch = operator === 'ne'
  return (code) => {
    if (code === bound || code === UNKNOWN) return null
    if (code === NULL) return isNullMatch
    return code < bound ? isBelowMatch : isAboveMatch
  }
}
