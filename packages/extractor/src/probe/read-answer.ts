import type { RecordPath } from '@strata/core'
import type { Page } from '../http/instance-client.ts'

export type ApiRecord = { readonly [field: string]: unknown }

/** An answer as far as a probe looks at it. */
export interface Answer {
  readonly page: Page
  /** The JSON that it is; whole numbers of more than 15 digits are bigints. */
  readonly document: unknown
  readonly shape: 'envelope' | 'array' | 'object'
  /** Empty too where there is no list. */
  readonly records: readonly ApiRecord[]
  /** Where the list was found, other than under `value` or as the whole answer. */
  readonly foundAt: RecordPath | null
}

export interface AnswerPlace {
  readonly recordPath: RecordPath | null
  /** Takes the one list of objects in an answer, under whatever name, where `recordPath` says nothing. */
  readonly searchesList: boolean
}

/** Null: the body is no JSON. */
export function readAnswer(page: Page, { recordPath, searchesList }: AnswerPlace): Answer | null {
  const document = readJson(page.body)
  if (document === undefined) return null
  const answer = { page, document }
  const list = recordPath === null ? standardList(document) : valueAt(document, recordPath)
  if (Array.isArray(list) || list === null) {
    const shape = Array.isArray(document) ? 'array' : 'envelope'
    return { ...answer, shape, records: recordsOf(list ?? []), foundAt: null }
  }
  const foundAt = searchesList && recordPath === null ? onlyList(document, []) : null
  if (foundAt === null) return { ...answer, shape: 'object', records: [], foundAt: null }
  const found = valueAt(document, foundAt) as readonly unknown[]
  return { ...answer, shape: 'envelope', records: recordsOf(found), foundAt }
}

/** What stands at a path; undefined: nothing. */
export function valueAt(value: unknown, path: RecordPath): unknown {
  let current = value
  for (const name of path) {
    if (!isObject(current) || !Object.hasOwn(current, name)) return undefined
    current = current[name]
  }
  return current
}

/** A whole number, also one that is written as text. */
export function wholeNumberAt(value: unknown, path: RecordPath): number | null {
  const found = valueAt(value, path)
  const text = typeof found === 'number' || typeof found === 'string' ? String(found) : ''
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}

export function isObject(value: unknown): value is ApiRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function standardList(document: unknown): unknown {
  if (Array.isArray(document)) return document
  return isObject(document) ? document['value'] : undefined
}

function recordsOf(list: readonly unknown[]): readonly ApiRecord[] {
  return list.filter(isObject)
}

const deepest = 3

function onlyList(value: unknown, path: RecordPath): RecordPath | null {
  if (!isObject(value) || path.length === deepest) return null
  const lists = Object.entries(value).flatMap(([name, inner]): RecordPath[] => {
    if (Array.isArray(inner)) return inner.length > 0 && inner.every(isObject) ? [[...path, name]] : []
    const below = onlyList(inner, [...path, name])
    return below === null ? [] : [below]
  })
  return lists.length === 1 ? lists[0]! : null
}

/** Between strings, whole numbers that a double does not hold. */
const stringOrLongNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g
/** Not to be met in JSON text: control characters are escaped there. */
const mark = '\u0001'

function readJson(body: string): unknown {
  const marked = body.replace(stringOrLongNumber, (text) =>
    text.startsWith('"') ? text : `"\\u0001${text}"`,
  )
  try {
    return JSON.parse(marked, (_, value: unknown) =>
      typeof value === 'string' && value.startsWith(mark) && /^.-?\d{16,}$/s.test(value)
        ? BigInt(value.slice(1))
        : value,
    )
  } catch {
    return undefined
  }
}
