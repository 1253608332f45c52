import { parseDate, parseDatetime, parseIsoDatetime } from './parse-moment.ts'
import { type ParsedNumber, parseNumber } from './parse-number.ts'

export type InferredType =
  | 'integer'
  | 'bigint'
  | 'numeric'
  | 'double precision'
  | 'date'
  | 'timestamp without time zone'
  | 'boolean'
  | 'text'

/** Finds the types of columns from their values, which it sees once each and does not keep. */
export interface TypeInference {
  add(values: readonly string[]): void
  /** In the order of the columns. */
  types(): readonly InferredType[]
  /** Whether Postgres would read every value so far as its column's `encoderOf` does, an empty one as null. May be a false alarm. */
  isLiteral(): boolean
}

/** What the values seen so far allow a column to be. */
interface Hypotheses {
  open: number
  /** Of its integers: 0 fits integer, 1 bigint, 2 neither. */
  width: 0 | 1 | 2
  /** A number with a fraction was seen, or one that is none: NaN, infinity. */
  fraction: boolean
  literal: boolean
}

const number = 1
const date = 2
const datetime = 4
const isoDatetime = 8
const boolean = 16
const all = number | date | datetime | isoDatetime | boolean

/**
 * dbt's rules: the first of number, date, datetime, ISO datetime, boolean and text that every value of a column has, nulls
 * aside. A column of nulls is an integer. Wider than dbt's where dbt fails: integers beyond four bytes, NaN among
 * integers. Columns that are `given` a type are passed over and come out as text.
 */
export function createTypeInference(given: readonly boolean[]): TypeInference {
  const columns = given.map(
    (isGiven): Hypotheses => ({ open: isGiven ? 0 : all, width: 0, fraction: false, literal: true }),
  )
  return {
    add(values) {
      for (let index = 0; index < values.length; index++) {
        const column = columns[index]!
        const value = values[index]!
        if (isNull(value)) column.literal &&= value === ''
        else if (column.open !== 0) weigh(column, value)
      }
    },
    types: () => columns.map(typeOf),
    isLiteral: () => columns.every(({ literal }) => literal),
  }
}

/** Whether dbt takes the value for null: empty, blank, or the word in any case. */
export function isNull(value: string): boolean {
  const { length } = value
  if (length === 0) return true
  const first = value.charCodeAt(0)
  // `n`, `N`, white space, or beyond ASCII, where white space may be too.
  if (first !== 110 && first !== 78 && first > 32 && first < 128) return false
  const text = value.trim()
  return text === '' || (text.length === 4 && text.toLowerCase() === 'null')
}

/** Words for true and false in any case; `null` where there is none, `undefined` for what is no boolean. */
export function parseBoolean(value: string): boolean | null | undefined {
  if (value === 'true') return true
  if (value === 'false') return false
  const word = value.replaceAll(',', '').trim().toLowerCase()
  if (word === 'true') return true
  if (word === 'false') return false
  return word === '' || word === 'null' ? null : undefined
}

function weigh(column: Hypotheses, value: string): void {
  let { open } = column
  if ((open & number) !== 0 && !isShortInteger(value)) {
    const plain = plainDecimal.test(value)
    if (!plain || !column.fraction) {
      const parsed = parseNumber(value)
      if (parsed === null) open &= ~number
      else {
        widen(column, parsed)
        column.literal &&= plain
      }
    }
  }
  if ((open & date) !== 0 && !ordinaryDate.test(value)) {
    if (parseDate(value) === null) open &= ~date
    else column.literal &&= plainDate.test(value)
  }
  if ((open & datetime) !== 0 && !ordinaryDatetime.test(value)) {
    if (parseDatetime(value) === null) open &= ~datetime
    else column.literal &&= plainDatetime.test(value)
  }
  if ((open & isoDatetime) !== 0) {
    if (parseIsoDatetime(value) === null) open &= ~isoDatetime
    else column.literal &&= plainDatetime.test(value)
  }
  if ((open & boolean) !== 0) {
    if (parseBoolean(value) === undefined) open &= ~boolean
    else column.literal &&= plainBoolean.test(value)
  }
  column.open = open
}

// Most dates of most files: in every month there is a 28th.
const ordinaryDate = /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])$/
const ordinaryDatetime =
  /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8]) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/

/** Up to nine digits: most numbers of most files. */
export function isShortInteger(value: string): boolean {
  const start = value.charCodeAt(0) === 45 ? 1 : 0
  const { length } = value
  if (length === start || length - start > 9) return false
  for (let at = start; at < length; at++) {
    const code = value.charCodeAt(at)
    if (code < 48 || code > 57) return false
  }
  return true
}

function widen(column: Hypotheses, parsed: ParsedNumber): void {
  if (parsed.kind !== 'integer') column.fraction = true
  else if (column.width < 2) {
    const width = widthOf(parsed.text)
    if (width > column.width) column.width = width
  }
}

function widthOf(text: string): 0 | 1 | 2 {
  if (text.length > 20 || text.includes('e')) return 2
  const value = BigInt(text)
  if (BigInt.asIntN(32, value) === value) return 0
  return BigInt.asIntN(64, value) === value ? 1 : 2
}

function typeOf(column: Hypotheses): InferredType {
  const { open } = column
  if ((open & number) !== 0) {
    if (column.fraction) return 'double precision'
    return (['integer', 'bigint', 'numeric'] as const)[column.width]
  }
  if ((open & date) !== 0) return 'date'
  if ((open & (datetime | isoDatetime)) !== 0) return 'timestamp without time zone'
  return (open & boolean) !== 0 ? 'boolean' : 'text'
}

/** How a value of a column is written for Postgres; null is null. Throws nothing: the type was inferred from the value. */
export function encoderOf(type: InferredType): (value: string) => string | null {
  switch (type) {
    case 'integer':
    case 'bigint':
    case 'numeric':
      return (value) => (isShortInteger(value) ? value : isNull(value) ? null : numberText(value))
    case 'double precision':
      return (value) => (plainDecimal.test(value) ? value : isNull(value) ? null : numberText(value))
    case 'date':
      return (value) => (plainDate.test(value) ? value : isNull(value) ? null : (parseDate(value) ?? value))
    case 'timestamp without time zone':
      return (value) => {
        if (plainDatetime.test(value)) return value
        return isNull(value) ? null : (parseDatetime(value) ?? parseIsoDatetime(value) ?? value)
      }
    case 'boolean':
      return (value) => {
        const parsed = parseBoolean(value)
        return parsed === undefined ? value : parsed === null ? null : String(parsed)
      }
    case 'text':
      return (value) => (isNull(value) ? null : value)
  }
}

const plainDecimal = /^-?\d{1,15}(?:\.\d{1,15})?$/

// What most values look like, and Postgres takes as it is.
const plainDate = /^\d{4}-\d\d-\d\d$/
const plainBoolean = /^(?:true|false)$/i
const plainDatetime = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d$/

function numberText(value: string): string {
  return parseNumber(value)?.text ?? value
}
