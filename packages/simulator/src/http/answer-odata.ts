import { exactDigits, type SimulatedRecord } from '../content/value.ts'
import { type Collection, keyOf } from '../entities/collection.ts'
import type { Remember } from '../odata/date-columns.ts'
import { type Found, findRecords } from '../odata/find-records.ts'
import { parseQuery, type Query } from '../odata/parse-query.ts'
import { selectFields } from '../odata/select-fields.ts'
import type { Page } from './page.ts'
import type { ServerPaging, SimulatedRequest } from './simulated-request.ts'
import { readSkipToken, type SkipToken, writeSkipToken } from './skip-token.ts'

/** The page of a collection that an OData request asks for, as of a time (ms). Throws `Refusal`. */
export function answerOData(
  collection: Collection,
  request: SimulatedRequest,
  now: number,
  remember: Remember | null,
): Page {
  const token = readSkipToken(request.query)
  const parameters = token === null ? request.query : new URLSearchParams(token.query)
  const paging = request.manner?.paging ?? (token === null ? null : defaultPaging(token))
  const asked = parseQuery(parameters, collection.schema)
  const explicit = parameters.has('$top') ? asked.top : null
  const left = token === null ? explicit : token.left
  const allowed = paging === null ? asked.top : Math.min(paging.size, left ?? paging.size)
  const top = Math.max(Math.min(allowed, 1), allowed - (request.manner?.missing ?? 0))
  const query: Query = {
    ...asked,
    top,
    skip: token?.skip ?? asked.skip,
    ...(token?.after && { after: afterValue(token.after) }),
    ...(request.manner?.shuffled && { shuffled: true, orderBy: [] }),
  }
  const found = wholePairs(findRecords(collection, query, now, remember), collection, top)
  const records = found.indexes.map((index) => {
    const record = collection.record(index, now)
    return query.select === null ? record : selectFields(record, query.select)
  })
  const remaining = left === null ? null : left - records.length
  const isLinked = paging !== null && found.isMore && (remaining === null || remaining > 0)
  const walk = { collection, query, found, now, remaining, text: token?.query ?? request.query.toString() }
  return {
    shape: 'envelope',
    context: `${request.origin}/${request.path.split('/').slice(1, 4).join('/')}/$metadata#${collection.name}`,
    count: found.count,
    records,
    nextLink: isLinked ? { name: paging.name, url: nextUrl(request, paging, nextToken(walk, paging)) } : null,
    key: keyOf(collection),
  }
}

/** All records of a collection, as an endpoint gives them that knows no options. */
export function answerArray(collection: Collection, now: number): Page {
  const count = collection.count(now)
  const records = Array.from({ length: count }, (_, index) => collection.record(index, now))
  return { shape: 'array', context: '', count: null, records, nextLink: null, key: keyOf(collection) }
}

/** An older state of a record never ends a page, or a walk by key would pass over the newer one. */
function wholePairs(found: Found, collection: Collection, top: number): Found {
  const last = found.indexes.at(-1)
  if (last === undefined || !found.isMore || collection.isStale?.(last) !== true) return found
  return top > 1
    ? { ...found, indexes: found.indexes.slice(0, -1) }
    : { ...found, indexes: [...found.indexes, last + 1] }
}

interface Walk {
  readonly collection: Collection
  readonly query: Query
  readonly found: Found
  readonly now: number
  readonly remaining: number | null
  readonly text: string
}

function nextToken(
  { collection, query, found, now, remaining, text }: Walk,
  paging: ServerPaging,
): SkipToken {
  const key = keyOf(collection)
  const [first] = query.orderBy
  const isByKey =
    collection.isOrdered !== false &&
    query.shuffled !== true &&
    (first === undefined || (!first.descending && first.path.join('/') === key))
  const common = { query: text, left: remaining, size: paging.size }
  if (paging.by === 'offset' || !isByKey) {
    return { ...common, skip: query.skip + found.indexes.length, after: null }
  }
  const last: SimulatedRecord = collection.record(found.indexes.at(-1)!, now)
  const value = last[key] ?? null
  const type = typeof value === 'string' && exactDigits(value) === null ? 'string' : 'number'
  return { ...common, skip: 0, after: { type, text: exactDigits(value) ?? String(value) } }
}

function afterValue({ type, text }: NonNullable<SkipToken['after']>): number | bigint | string {
  if (type === 'string') return text
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)
}

function nextUrl(request: SimulatedRequest, { form, to }: ServerPaging, token: SkipToken): string {
  const search = to === 'itself' ? request.query.toString() : `$skiptoken=${writeSkipToken(token)}`
  if (typeof to === 'object') return `${to.origin}${request.path}?${search}`
  if (form === 'relative') return `${request.path.split('/').at(-1)}?${search}`
  return `${form === 'absolute' ? request.origin : ''}${request.path}?${search}`
}

function defaultPaging({ size }: SkipToken): ServerPaging {
  return { size, form: 'absolute', by: 'key', name: '@odata.nextLink', to: 'next' }
}
