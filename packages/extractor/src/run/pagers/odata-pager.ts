import type { EndpointJob, RecordPath } from '@strata/core'
import { keyFields } from '../../job-identity.ts'
import type { LandedRow } from '../../landing/landing-statement.ts'
import type { EndpointFacts } from '../../probe/endpoint-facts.ts'
import { fieldAt, readBody } from '../read-body.ts'
import {
  type Advance,
  isBeyond,
  isCircle,
  isShort,
  lookingBack,
  type PagePlace,
  type Pager,
  totalOf,
} from './pager.ts'

export interface PagerOptions {
  readonly job: EndpointJob
  readonly facts: EndpointFacts
  /** Conditions of the walk itself. */
  readonly filters: readonly string[]
  /** Pages that may be asked for ahead. */
  readonly ahead: number
  /** The most records that a page of the endpoint has been seen to hold: a smaller one was not cut. */
  readonly largestSeen: number
}

const maxShifts = 20
const maxEmpty = 100

/**
 * OData: follows the next link where the API gives one; else reads on beyond the last key, where the keys are seen to
 * be in order; else passes over what it has, in the order of the key, with one record of the page before on each page: where
 * that is another one, records have moved, and the walk steps back.
 */
export function odataPager({ job, facts, filters, ahead, largestSeen }: PagerOptions): Pager {
  const fields = keyFields(job.key)
  const order = facts.orderBy === false ? [] : fields.map((field) => field.join('/'))
  const keyField: RecordPath | null = job.key.length === 1 ? (fields[0] ?? null) : null
  const limitOf = (place: PagePlace): number =>
    Math.min(place.limit ?? job.pageSize, facts.topCap ?? job.pageSize, job.pageSize)

  const isHalved = ({ limit }: PagePlace): boolean => limit !== undefined && limit < job.pageSize

  function maySeek(page: LandedRow, { received, inOrder }: PagePlace): boolean {
    const { kind } = job.paging
    if (keyField === null || (kind !== 'auto' && kind !== 'keyset')) return false
    if (facts.keyset === false || facts.filter === false || order.length === 0) return false
    if (filters.length > 0 && facts.compoundFilter === false) return false
    // What gives a bare array mostly knows no filter.
    if (page.shape === 'array' && facts.keyset !== true && kind !== 'keyset') return false
    // The order of texts is the server's own: it is trusted where it was declared or probed.
    const isTrusted = kind === 'keyset' || facts.keyset === true
    // One record alone is in any order.
    return page.ordered === null
      ? page.last_key !== null && isTrusted
      : inOrder === true && (received > 1 || isTrusted)
  }

  /** Of pages that are cut to one record the one of the page before would be all that comes. */
  function isAlone({ largest = 0 }: PagePlace, received: number, limit: number): boolean {
    return received === 1 && limit > 1 && Math.max(largest, largestSeen) <= 1
  }

  function end(place: PagePlace, fresh: number): Advance {
    // Whether links lead from key to key, or count records, cannot be seen.
    const proven =
      place.after !== undefined || (place.link === undefined && isFromBeginning(place, limitOf(place)))
    return { kind: 'end', fresh, proven }
  }

  return {
    limitable: facts.top !== false,
    request(place) {
      if (place.link !== undefined) return { link: place.link }
      const skip = (place.skip ?? 0) - (isOverlapped(place, limitOf(place)) ? 1 : 0)
      return {
        filters:
          place.after === undefined || keyField === null
            ? filters
            : [...filters, `${keyField.join('/')} gt ${literal(place.after, facts.keyForm)}`],
        query: {
          ...(facts.top !== false && { $top: String(limitOf(place)) }),
          ...(skip > 0 && { $skip: String(skip) }),
          ...(facts.count !== false && { $count: 'true' }),
          ...(order.length > 0 && { $orderby: order.join(',') }),
        },
      }
    },

    advance(place, page) {
      const limit = limitOf(place)
      const overlapped = isOverlapped(place, limit)
      if (isCircle(place, page) && place.pages !== 1)
        return { kind: 'stuck', why: 'its pages come in a circle' }
      // A server that gives links and ignores $skip begins anew where they have ended.
      const beginsAnew = page.first_record !== null && page.first_record === place.begin
      if (place.mayHide === true && place.link === undefined && beginsAnew) return end(place, 0)
      if (overlapped && isRepeated(place, page)) return repeated(page, limit)
      if (overlapped && page.first_record !== place.last) return stepBack(place, limit)
      if (place.expected !== undefined && !page.expected && (place.skip ?? 0) > 0)
        return stepBack(place, limit)
      const link = facts.nextLink === false ? null : page.next_link
      if (page.received === 0 && link === null) return end(place, 0)
      const isFirstAgain = place.first !== undefined && page.first_record === place.first
      if (!overlapped && place.repeats === undefined && isFirstAgain && page.received > 0)
        return place.after === undefined ? repeated(page, limit) : { kind: 'ignored', what: 'keyset' }
      if (place.after !== undefined && page.received > 0) {
        if (page.ordered === false) return { kind: 'ignored', what: 'orderBy' }
        if (!isBeyond(page.first_key, place.after)) return { kind: 'ignored', what: 'keyset' }
      }
      const fresh = page.received - (place.repeats ?? (overlapped ? 1 : 0))
      if (link !== null) return followLink(place, page, link, fresh)
      if (fresh === 0) return end(place, 0)
      const behind = lookingBack(place, page, fresh)
      const total = totalOf(page)
      const left = total === null ? null : total - (behind.received + behind.passed - (place.base ?? 0))
      const countIsTrue =
        facts.countHonest !== false && (facts.countHonest === true || behind.counted === true)
      // More than were counted: it grows, or is not to be trusted.
      const uncut =
        (countIsTrue && isShort(place, page.received, limit)) ||
        (facts.countHonest !== false && page.received < largestSeen)
      if (left === 0 && uncut) return end(place, fresh)
      const seek = place.after !== undefined || (place.skip === undefined && maySeek(page, behind))
      const next: PagePlace =
        seek && page.last_key !== null
          ? { ...behind, after: page.last_key, base: behind.received + behind.passed }
          : {
              ...behind,
              skip: place.skip === undefined ? behind.received + behind.passed : place.skip + fresh,
              ...(isAlone(place, page.received, limit) && { alone: true, mayHide: true }),
              ...(limitOf(behind) === 1 && { blind: true }),
            }
      return { kind: 'next', fresh, place: next }
    },

    guess(place, body) {
      const limit = limitOf(place)
      const link = facts.nextLink === false ? null : linkIn(body)
      if (link !== null) return [{ ...place, link }]
      if (place.link !== undefined) return []
      const total = countIn(body)
      const here = place.after === undefined ? (place.skip ?? 0) : 0
      if (total === null || total <= here + limit || isHalved(place)) return []
      const mayHaveOrder =
        keyField !== null && order.length > 0 && facts.keyset !== false && facts.filter !== false
      if (place.after !== undefined || (place.skip === undefined && mayHaveOrder)) {
        const after = lastKeyIn(body, keyField)
        const isTrusted = facts.keyset === true || job.paging.kind === 'keyset'
        // Beyond a text nothing is sought where the order of texts is not trusted.
        if (place.after !== undefined || isTrusted || after?.startsWith('"') !== true)
          return after === null ? [] : [{ received: place.received + limit, passed: place.passed, after }]
      }
      const received = readBody(body, valuePath, countPath)?.records.length ?? 0
      const places: PagePlace[] = []
      // All pages but the first repeat a record. The server may cap them.
      const step = Math.max(1, received - 1)
      for (
        let skip = here + (here === 0 ? received : step);
        skip < total && places.length < ahead;
        skip += step
      )
        places.push({
          received: skip,
          passed: place.passed,
          skip,
          last: '?',
          ...(isAlone(place, received, limit) && { alone: true }),
        })
      return received === 0 ? [] : places
    },

    doubt: () => null,

    keyed(place, body) {
      if (keyField === null || place.link !== undefined || place.skip !== undefined || isHalved(place))
        return null
      if (order.length === 0 || facts.keyset === false || facts.filter === false) return null
      if (filters.length > 0 && facts.compoundFilter === false) return null
      if (facts.nextLink !== false && linkIn(body) !== null) return null
      const parts = readBody(body, valuePath, countPath)
      if (parts === null || (parts.isArray && facts.keyset !== true && job.paging.kind !== 'keyset'))
        return null
      const keys = parts.records.map((record) => fieldAt(record, keyField))
      if (!isAscending(keys) || keys.length < (place.after === undefined ? 2 : 1)) return null
      if (place.after !== undefined && !(keys[0]! > Number(place.after))) return null
      const counted = facts.countHonest === false ? null : parts.total
      const full = keys.length >= Math.min(limitOf(place), largestSeen || job.pageSize)
      return { keys, full, left: counted === null ? null : Math.max(0, counted - keys.length) }
    },
  }

  /** Where the links end there may be more: a server ends them when it has given as many as `$top` asked for. */
  function followLink(place: PagePlace, page: LandedRow, link: string, fresh: number): Advance {
    if (link === place.link)
      return { kind: 'stuck', why: 'its next link leads to the page that it stands on' }
    if (place.link !== undefined && page.received > 0 && isRepeated(place, page))
      return { kind: 'stuck', why: 'its next links lead in a circle' }
    const empty = page.received === 0 ? (place.empty ?? 0) + 1 : 0
    if (empty > maxEmpty) return { kind: 'stuck', why: 'its next links lead to empty pages without end' }
    return {
      kind: 'next',
      fresh,
      place: {
        ...lookingBack(place, page, fresh),
        ...(place.base !== undefined && { base: place.base }),
        ...(empty > 0 && { empty }),
        mayHide: true,
        link,
      },
    }
  }

  function stepBack(place: PagePlace, limit: number): Advance {
    const shifts = (place.shifts ?? 0) + 1
    if (shifts > maxShifts) return { kind: 'stuck', why: 'its records are in another order on each page' }
    const { last, first: _, mark: __, pages: ___, expected = last, ...rest } = place
    // More may have been removed than a page holds: farther each time, until what was read last is met again.
    const far = limit * (place.expected === undefined ? 1 : 2 ** Math.min(shifts, 30))
    const skip = Math.max(0, (place.skip ?? 0) - far)
    const received = Math.max(0, skip - place.passed)
    return {
      kind: 'shifted',
      place: { ...rest, received, skip, shifts, ...(expected !== undefined && { expected }) },
    }
  }
}

const valuePath = ['value']
const countPath = ['@odata.count']

/** Numbers that JavaScript holds to the last digit, and that do not fall. */
function isAscending(keys: readonly unknown[]): keys is readonly number[] {
  return keys.every(
    (key, index) =>
      Number.isSafeInteger(key) && (index === 0 || (key as number) >= (keys[index - 1] as number)),
  )
}

/** One record of the page before is read again. */
function isOverlapped(place: PagePlace, limit: number): boolean {
  const { after, last, alone } = place
  return (place.skip ?? 0) > 0 && after === undefined && last !== undefined && limit > 1 && alone !== true
}

/** Whether the page that is read there holds all that was read before as well. */
function isFromBeginning(place: PagePlace, limit: number): boolean {
  return place.received + place.passed === (isOverlapped(place, limit) ? 1 : 0)
}

function isRepeated(place: PagePlace, page: LandedRow): boolean {
  return page.first_record !== null && page.first_record === place.first && place.first !== place.last
}

/** A server that ignores `$skip`: a bare array was complete then, a page of a list was not. */
function repeated(page: LandedRow, limit: number): Advance {
  return page.shape === 'array' && page.received !== limit
    ? { kind: 'end', fresh: 0, proven: true }
    : { kind: 'stuck', why: 'it gives the same page again, and seems to ignore $skip' }
}

/** The OData literal of a JSON text or number; `bare` is that of a guid. */
function literal(json: string, form: EndpointFacts['keyForm']): string {
  const text = json.startsWith('"') ? (JSON.parse(json) as string) : json
  if (form === 'string' || (form === undefined && json.startsWith('"')))
    return `'${text.replaceAll("'", "''")}'`
  // What is no number and no guid would change the meaning of the filter.
  return /^[\w.+-]+$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`
}

/** What an envelope may say before its records, and after them. */
function margins(body: string): string {
  return body.length <= 4000 ? body : `${body.slice(0, 2000)}\n${body.slice(-2000)}`
}

function countIn(body: string): number | null {
  const total = /"@odata\.count"\s*:\s*"?(\d+)/.exec(margins(body))?.[1]
  return total === undefined ? null : Number(total)
}

function linkIn(body: string): string | null {
  const found = /"@odata\.nextLink"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(margins(body))?.[1]
  return found === undefined ? null : (JSON.parse(found) as string)
}

/** The JSON text of the last record's key; null where it might not be the text that the API wrote. */
function lastKeyIn(body: string, field: RecordPath | null): string | null {
  if (field === null) return null
  const value = fieldAt(readBody(body, valuePath, countPath)?.records.at(-1), field)
  if (typeof value === 'string') return JSON.stringify(value)
  return Number.isSafeInteger(value) ? String(value) : null
}
