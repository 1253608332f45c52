import type { Schema } from '../entities/collection.ts'
import { type CompiledFilter, compileFilter } from './compile-filter.ts'
import { typeAt } from './field-path.ts'
import { parseFilter } from './parse-filter.ts'
import { malformed, unsupported } from './refusal.ts'

export const DEFAULT_TOP = 1_000
export const MAX_TOP = 5_000

export interface SortKey {
  readonly path: readonly string[]
  readonly descending: boolean
}

/** The system query options of a request, checked against the schema. */
export interface Query {
  readonly top: number
  readonly skip: number
  readonly count: boolean
  readonly filter: CompiledFilter | null
  /** Empty: by id. */
  readonly orderBy: readonly SortKey[]
  /** Null: all. */
  readonly select: readonly (readonly string[])[] | null
  /** Only records with a greater key; the count takes in the others too. */
  readonly after?: number | bigint | string
  /** Where given, the records come in an order of nobody's choice, the same each time. */
  readonly shuffled?: boolean
}

const known = new Set(['$top', '$skip', '$count', '$filter', '$orderby', '$select'])

/** Throws a `Refusal`: 400 for what is malformed, 501 for a system option that is not supported. Others are ignored. */
export function parseQuery(parameters: URLSearchParams, schema: Schema): Query {
  for (const name of new Set(parameters.keys())) {
    if (!name.startsWith('$')) continue
    if (!known.has(name)) throw unsupported(`The query option ${name} is not supported.`)
    if (parameters.getAll(name).length > 1) throw malformed(`The query option ${name} is given twice.`)
  }
  const filter = parameters.get('$filter')
  const orderBy = parameters.get('$orderby')
  const select = parameters.get('$select')
  const top = wholeNumber(parameters, '$top', DEFAULT_TOP)
  if (top > MAX_TOP) throw malformed(`$top is ${top}; at most ${MAX_TOP} is allowed.`)
  return {
    top,
    skip: wholeNumber(parameters, '$skip', 0),
    count: truth(parameters, '$count'),
    filter: filter === null ? null : compileFilter(parseFilter(filter), schema),
    orderBy: orderBy === null ? [] : orderBy.split(',').map((item) => parseSortKey(item, schema)),
    select: select === null ? null : parseSelect(select, schema),
  }
}

function wholeNumber(parameters: URLSearchParams, name: string, absent: number): number {
  const text = parameters.get(name)
  if (text === null) return absent
  if (!/^\d{1,15}$/.test(text))
    throw malformed(`${name} must be a whole number, not ${JSON.stringify(text)}.`)
  return Number(text)
}

function truth(parameters: URLSearchParams, name: string): boolean {
  const text = parameters.get(name)
  if (text === null || text === 'false') return false
  if (text === 'true') return true
  throw malformed(`${name} must be true or false, not ${JSON.stringify(text)}.`)
}

function parseSortKey(text: string, schema: Schema): SortKey {
  const match = /^\s*([\w$@.-]+(?:\/[\w$@.-]+)*)(?:\s+(asc|desc))?\s*$/.exec(text)
  if (match === null) {
    throw text.includes('(')
      ? unsupported('$orderby by an expression is not supported.')
      : malformed(`Not understood in $orderby: ${JSON.stringify(text)}`)
  }
  const path = match[1]!.split('/')
  const type = typeAt(schema, path, '$orderby')
  if (type === 'object' || type === 'collection') throw malformed(`$orderby cannot sort by ${match[1]}.`)
  return { path, descending: match[2] === 'desc' }
}

function parseSelect(text: string, schema: Schema): readonly (readonly string[])[] | null {
  const paths = text.split(',').map((item) => item.trim())
  if (paths.includes('*')) return null
  return paths.map((item) => {
    const path = item.split('/')
    typeAt(schema, path, '$select')
    return path
  })
}
