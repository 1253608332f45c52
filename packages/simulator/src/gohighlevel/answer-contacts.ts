import type { SimulatedRecord } from '../content/value.ts'
import type { Collection } from '../entities/collection.ts'
import type { Page } from '../http/page.ts'
import type { SimulatedRequest } from '../http/simulated-request.ts'
import { malformed, Refusal } from '../odata/refusal.ts'

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100

/**
 * A page of contacts, newest first. What is known of the real API: the parameters, the names in `meta`, 401 and 422.
 * Assumed: the order, the largest page, that `meta` tells of the last record also on the last page.
 * Throws `Refusal`.
 */
export function answerContacts(
  collection: Collection,
  request: SimulatedRequest,
  locationId: string,
  now: number,
): Page {
  const { query } = request
  const location = query.get('locationId')
  if (location === null || location === '') {
    throw new Refusal(422, 'UnprocessableEntity', 'locationId should not be empty')
  }
  if (location !== locationId) {
    throw new Refusal(403, 'Forbidden', 'The token does not have access to this location.')
  }
  const limit = limitOf(query.get('limit'))
  const most = Math.max(1, limit - (request.manner?.missing ?? 0))
  const total = collection.count(now)
  const first = startOf(collection, query, total, now)
  const records: SimulatedRecord[] = []
  for (let index = first; index >= 0 && records.length < most; index -= 1) {
    records.push(collection.record(index, now))
  }
  const isMore = first - records.length >= 0
  const last = records.at(-1)
  const startAfter = last === undefined ? null : Date.parse(String(last['dateAdded']))
  const startAfterId = last?.['id'] ?? null
  const next = new URLSearchParams({
    locationId,
    limit: String(limit),
    startAfter: String(startAfter),
    startAfterId: String(startAfterId),
  })
  return {
    shape: 'contacts',
    context: '',
    count: null,
    records,
    nextLink: null,
    key: 'id',
    meta: {
      total,
      nextPageUrl: isMore ? `${request.origin}${request.path}?${next}` : null,
      startAfterId,
      startAfter,
      currentPage: null,
      nextPage: isMore ? 2 : null,
    },
  }
}

/** The index of the newest contact that is older than where the last page ended. */
function startOf(collection: Collection, query: URLSearchParams, total: number, now: number): number {
  const startAfter = query.get('startAfter')
  const startAfterId = query.get('startAfterId')
  if (startAfter === null && startAfterId === null) return total - 1
  const time = Number(startAfter)
  if (startAfter === null || startAfterId === null || !Number.isSafeInteger(time)) {
    throw malformed('startAfter is a number of milliseconds, and comes with startAfterId.')
  }
  const added = (index: number): number => Date.parse(String(collection.record(index, now)['dateAdded']))
  let [low, high] = [0, total]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (added(middle) <= time) low = middle + 1
    else high = middle
  }
  // Among contacts of one millisecond, those before the one that is named.
  let index = low - 1
  for (let same = index; same >= 0 && added(same) === time; same -= 1) {
    if (collection.record(same, now)['id'] === startAfterId) return same - 1
  }
  while (index >= 0 && added(index) === time) index -= 1
  return index
}

function limitOf(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit
  throw new Refusal(422, 'UnprocessableEntity', `limit must be a number from 1 to ${MAX_LIMIT}`)
}
