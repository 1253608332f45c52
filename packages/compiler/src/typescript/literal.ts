import { quoteLiteral } from '@strata/core'
import { holdsMarks } from '../resolve/fragments.ts'
import { TemplateError } from '../template/index.ts'
import { isQuery } from './is-query.ts'

/**
 * A value as SQL text, for views take no parameters: null, booleans, numbers, bigints, strings, dates (`timestamptz`),
 * bytes, arrays (`array[…]`) and plain objects (`jsonb`). Throws `TemplateError` for anything else.
 */
export function literal(value: unknown): string {
  if (value === null) return 'null'
  switch (typeof value) {
    case 'boolean':
      return String(value)
    case 'number':
      // `x -${-1}` would begin a comment.
      return Number.isFinite(value) ? signed(String(value)) : `'${value}'::float8`
    case 'bigint':
      return signed(String(value))
    case 'string':
      return text(value)
    case 'object':
      return ofObject(value)
    default:
      throw refusal(value)
  }
}

function ofObject(value: object): string {
  if (Array.isArray(value)) return value.length === 0 ? `'{}'` : `array[${value.map(element).join(', ')}]`
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw refusal(value, 'an invalid Date')
    return `'${isoText(value)}'::timestamptz`
  }
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString('hex')}'::bytea`
  if (!isPlain(value)) throw refusal(value)
  refuseOtherThanJson(value, '')
  return `${text(JSON.stringify(value))}::jsonb`
}

/** Postgres has no year 0, and writes years before it as BC. */
function isoText(date: Date): string {
  const year = date.getUTCFullYear()
  const shown = String(year > 0 ? year : 1 - year).padStart(4, '0')
  const rest = date.toISOString().replace(/^[+-]?\d+/, '')
  return `${shown}${rest}${year > 0 ? '' : ' BC'}`
}

function element(value: unknown): string {
  if (isQuery(value)) throw refusal(value, 'a query inside an array')
  return literal(value)
}

function text(value: string): string {
  if (value.includes('\0')) throw refusal(value, 'a text with a NUL character')
  if (holdsMarks(value)) throw refusal(value, 'a text with U+E0F0 or U+E0F1 (reserved by Strata)')
  return quoteLiteral(value)
}

function signed(digits: string): string {
  return digits.startsWith('-') ? `(${digits})` : digits
}

/** JSON.stringify drops or changes what it cannot say; that must not happen without a word. */
function refuseOtherThanJson(value: unknown, path: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number' && Number.isFinite(value)) return
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) refuseOtherThanJson(item, `${path}[${index}]`)
    return
  }
  if (typeof value === 'object' && isPlain(value)) {
    for (const [key, item] of Object.entries(value)) refuseOtherThanJson(item, `${path}.${key}`)
    return
  }
  throw refusal(value, `${nameOf(value)} at ${path.replace(/^\./, '')} of an object`)
}

export function isPlain(value: object): boolean {
  if (isQuery(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function refusal(value: unknown, what = nameOf(value)): TemplateError {
  return new TemplateError(`${what} cannot become part of a query`, {
    code: 'UNSUPPORTED_VALUE',
    hint: 'Values may be null, booleans, numbers, texts, dates, bytes, arrays of these, and plain objects (as jsonb). SQL text is written by raw(), a name by identifier().',
  })
}

/** What a value is, for people. */
export function nameOf(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (typeof value === 'string') return 'a text'
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (typeof value !== 'object') return `a ${typeof value}`
  if (isQuery(value)) return 'a query'
  if (Array.isArray(value)) return 'an array'
  const prototype = Object.getPrototypeOf(value) as {
    readonly constructor?: { readonly name?: string }
  } | null
  const name = prototype?.constructor?.name ?? 'Object'
  return name === 'Object' ? 'an object' : `a value of the class ${name}`
}
