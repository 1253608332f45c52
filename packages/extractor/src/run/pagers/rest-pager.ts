import type { Paging } from '@strata/core'
import type { LandedRow } from '../../landing/landing-statement.ts'
import { readBody } from '../read-body.ts'
import type { PagerOptions } from './odata-pager.ts'
import { isCircle, isShort, lookingBack, type PagePlace, type Pager, start, totalOf } from './pager.ts'

const maxEmpty = 100

/**
 * Paging by parameters of the API's own, and by what its answers say of the next page. Pages are asked for ahead where their places
 * are counted.
 */
export function restPager({ job, facts, ahead, largestSeen }: PagerOptions): Pager {
  const { paging, recordPath } = job
  const pageSize = Math.min(facts.topCap ?? job.pageSize, job.pageSize)
  const limitOf = (place: PagePlace): number => Math.min(place.limit ?? pageSize, pageSize)
  return {
    limitable: paging.kind === 'offset',
    request(place) {
      if (place.link !== undefined) return { link: place.link }
      return { filters: [], query: queryOf(paging, place, limitOf(place)) }
    },
    advance(place, page) {
      const limit = limitOf(place)
      if (paging.kind === 'single') return { kind: 'end', fresh: page.received, proven: true }
      // What a filter leaves of a page may be nothing.
      const empty = page.received === 0 && page.next_link ? (place.empty ?? 0) + 1 : 0
      if (empty > maxEmpty) return { kind: 'stuck', why: 'its next links lead to empty pages without end' }
      if (page.received === 0 && empty === 0) return { kind: 'end', fresh: 0, proven: false }
      if (isSamePage(place, page))
        return page.shape === 'array'
          ? { kind: 'end', fresh: 0, proven: false }
          : {
              kind: 'stuck',
              why: 'it gives the same page again, and seems to ignore how it is asked for the next one',
            }
      if (isCircle(place, page)) return { kind: 'stuck', why: 'its pages come in a circle' }
      const next = nextPlace(paging, place, page)
      if (next === null) {
        const proven = paging.kind === 'next_link' && place.received === 0
        return { kind: 'end', fresh: page.received, proven }
      }
      if (next === 'same')
        return { kind: 'stuck', why: 'what it says of the next page leads to the same page' }
      const behind = lookingBack(place, page, page.received)
      const total = totalOf(page)
      const isLast =
        total !== null &&
        behind.counted === true &&
        // More than were counted: the count is not to be trusted.
        behind.received + place.passed === total &&
        isShort(place, page.received, limit)
      if (isLast) return { kind: 'end', fresh: page.received, proven: false }
      return {
        kind: 'next',
        fresh: page.received,
        place: { ...behind, ...next, mayHide: true, ...(empty > 0 && { empty }) },
      }
    },
    guess(place, body) {
      if ((paging.kind !== 'offset' && paging.kind !== 'page_number') || limitOf(place) < pageSize) return []
      const parts = readBody(body, recordPath ?? ['value'], paging.totalPath ?? ['@odata.count'])
      const received = parts?.records.length ?? 0
      if (parts === null || received === 0) return []
      const left = parts.total === null ? null : parts.total - place.received - received
      // Without a count the list may end at any page: as many are tried as have been read.
      const isFull = !isShort(place, received, limitOf(place))
      const most = left !== null ? Math.ceil(left / received) : isFull ? (place.pages ?? 0) + 1 : 0
      return Array.from({ length: Math.max(0, Math.min(ahead, most)) }, (_, index) => {
        const pages = index + 1
        const behind = {
          received: place.received + pages * received,
          passed: place.passed,
          largest: Math.max(place.largest ?? 0, received),
          pages: (place.pages ?? 0) + pages,
        }
        return paging.kind === 'offset'
          ? { ...behind, skip: (place.skip ?? 0) + pages * received }
          : { ...behind, number: (place.number ?? paging.basePage) + pages }
      })
    },
    doubt(place) {
      const { largest = 0, pages } = place
      if (paging.kind !== 'page_number' || paging.limitParam === null || pages !== 1) return null
      const isDoubtful = largest > 0 && largest < pageSize && largestSeen <= largest
      return isDoubtful ? { ...start, number: paging.basePage + 1, limit: largest } : null
    },
    keyed: () => null,
  }
}

function queryOf(paging: Paging, place: PagePlace, limit: number): { readonly [name: string]: string } {
  switch (paging.kind) {
    case 'offset':
      return { [paging.limitParam]: String(limit), [paging.offsetParam]: String(place.skip ?? 0) }
    case 'page_number':
      return {
        [paging.pageParam]: String(place.number ?? paging.basePage),
        ...(paging.limitParam !== null && { [paging.limitParam]: String(limit) }),
      }
    case 'cursor':
      return { ...(paging.limitParam !== null && { [paging.limitParam]: String(limit) }), ...place.params }
    default:
      return {}
  }
}

/** What distinguishes the next place from this one; null where there is none. */
function nextPlace(paging: Paging, place: PagePlace, page: LandedRow): Partial<PagePlace> | 'same' | null {
  switch (paging.kind) {
    case 'offset':
      return { skip: (place.skip ?? 0) + page.received }
    case 'page_number':
      return { number: (place.number ?? paging.basePage) + 1 }
    case 'next_link':
      if (page.next_link === null || page.next_link === '') return null
      return page.next_link === place.link ? 'same' : { link: page.next_link }
    case 'cursor': {
      const given = Object.entries(page.next_params ?? {}).filter(
        (entry): entry is [string, string] => entry[1] !== null && entry[1] !== '',
      )
      if (given.length === 0) return null
      const params = Object.fromEntries(given)
      return JSON.stringify(params) === JSON.stringify(place.params) ? 'same' : { params }
    }
    default:
      return null
  }
}

function isSamePage(place: PagePlace, page: LandedRow): boolean {
  return (
    place.received > 0 &&
    page.first_record !== null &&
    page.first_record === place.first &&
    page.last_record === place.last
  )
}
