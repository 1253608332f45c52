import type { LandedRow } from '../../landing/landing-statement.ts'
import type { KeyedPage } from '../keys-ahead.ts'

/** Where a walk stands in a list of pages. Plain data: it is stored with each page, and a later process goes on from it. */
export interface PagePlace {
  /** Records that the pages before brought. */
  readonly received: number
  /** Records that could not be read, and were passed over. */
  readonly passed: number
  /** What the last page that was read held. */
  readonly first?: string
  readonly last?: string
  readonly largest?: number
  /** Whether the keys of all records so far are numbers that grow, and the last of them, as JSON. */
  readonly inOrder?: boolean
  readonly lastKey?: string
  /** Whether the API's count has been seen to be more than the size of a page. */
  readonly counted?: boolean
  /** The next page, by what the paging knows it. */
  readonly link?: string
  /** JSON text of the key beyond which to read. */
  readonly after?: string
  /** Records at the beginning of the page that were read before: it was asked for before its place was known. Never stored. */
  readonly repeats?: number
  readonly skip?: number
  /** Records before the query that the API's count is about. */
  readonly base?: number
  readonly number?: number
  readonly params?: { readonly [parameter: string]: string }
  /** Records to ask for, while a page that cannot be read is halved. */
  readonly limit?: number
  /** What the first page began with. */
  readonly begin?: string
  /** Pages that were read, and what one of them some way back held: who comes back to it goes in a circle. */
  readonly pages?: number
  readonly mark?: string
  /** No page has been seen to hold more than one record: none of the page before is read again. */
  readonly alone?: boolean
  /** Pages of one record were asked for by their places: none of the page before is read again. */
  readonly blind?: boolean
  /** Empty pages in a row. */
  readonly empty?: number
  /** Whether a record that is removed between two pages may hide another from us. */
  readonly mayHide?: boolean
  /** Records have moved: the record that was read last has to be met again. */
  readonly expected?: string
  /** How often records moved between two pages. */
  readonly shifts?: number
}

export const start: PagePlace = { received: 0, passed: 0 }

/** How to ask for a page: by a link of the API's own, or by query parameters. */
export type PageQuery =
  | { readonly link: string }
  | {
      /** Conditions that all hold, for `$filter`. */
      readonly filters: readonly string[]
      readonly query: { readonly [parameter: string]: string }
    }

/** What a page that was read means for the walk. */
export type Advance =
  | { readonly kind: 'next'; readonly place: PagePlace; readonly fresh: number }
  | {
      readonly kind: 'end'
      readonly fresh: number
      /** Whether the order of the records was such that none can have been passed over. */
      readonly proven: boolean
    }
  /** Records have moved between two pages: some are to be read again. */
  | { readonly kind: 'shifted'; readonly place: PagePlace }
  /** The API does not do what was asked for: another way is to be tried. */
  | { readonly kind: 'ignored'; readonly what: 'keyset' | 'orderBy' }
  /** The API goes in a circle. */
  | { readonly kind: 'stuck'; readonly why: string }

/** One way of reading a list page by page. Pure. */
export interface Pager {
  /** Whether a page can be made smaller, to find the record in it that cannot be read. */
  readonly limitable: boolean
  request(place: PagePlace): PageQuery
  advance(place: PagePlace, page: LandedRow): Advance
  /** Places that are likely to come next, before the page at `place` has been looked into; a wrong guess costs a request. */
  guess(place: PagePlace, body: string): readonly PagePlace[]
  /**
   * A page that nobody may have, asked for where the first one was smaller than it should be: records there show that the API cuts
   * its pages, and counts their places by the size that it was asked for. Null: there is nothing to find out.
   */
  doubt(place: PagePlace): PagePlace | null
  /** What a page shows of a list that is read by growing numbers; null: it is read in another way, or the page is the last. */
  keyed(place: PagePlace, body: string): KeyedPage | null
}

export function totalOf({ total }: LandedRow): number | null {
  return total !== null && /^\d+$/.test(total) ? Number(total) : null
}

/** Whether a record that was removed may have hidden another from us. */
export function mayHide({ mayHide: isHidden, blind, limit, skip = 0 }: PagePlace): boolean {
  return isHidden === true || blind === true || (limit === 1 && skip > 0)
}

/** Whether a page is smaller than a page that is not the last one would be. */
export function isShort(place: PagePlace, received: number, limit: number): boolean {
  return received < (place.largest ?? limit)
}

/** Whether a key comes after another where both are numbers; texts have an order of the API's own. */
export function isBeyond(key: string | null, before: string): boolean {
  if (key === null || key === before) return false
  if (!/^-?\d/.test(key) || !/^-?\d/.test(before)) return true
  return /^-?\d+$/.test(key) && /^-?\d+$/.test(before)
    ? BigInt(key) > BigInt(before)
    : Number(key) > Number(before)
}

/** The part of a place that looks back on the page just read. */
export function lookingBack(
  place: PagePlace,
  page: LandedRow,
  fresh: number,
): Omit<
  PagePlace,
  'link' | 'after' | 'repeats' | 'skip' | 'number' | 'params' | 'base' | 'expected' | 'empty' | 'alone'
> {
  const total = totalOf(page)
  const pages = (place.pages ?? 0) + 1
  const begin = place.begin ?? page.first_record
  // The 1st, 2nd, 4th, 8th page …: so a circle of any length is met.
  const mark = (pages & (pages - 1)) === 0 ? (markOf(page) ?? place.mark) : place.mark
  const goesOn =
    place.lastKey === undefined || place.repeats !== undefined || isBeyond(page.first_key, place.lastKey)
  return {
    received: place.received + fresh,
    passed: place.passed,
    ...(page.first_record !== null && { first: page.first_record }),
    ...(page.last_record !== null && { last: page.last_record }),
    largest: Math.max(place.largest ?? 0, page.received),
    inOrder: place.inOrder !== false && page.ordered === true && goesOn,
    ...(page.last_key !== null && { lastKey: page.last_key }),
    counted: place.counted === true || (total !== null && total > page.received),
    pages,
    ...(begin !== null && { begin }),
    ...(mark !== undefined && { mark }),
    ...(place.mayHide === true && { mayHide: true }),
    ...(place.blind === true && { blind: true }),
    // A page that could be read is followed by a larger one, until they are as large as before.
    ...(place.limit !== undefined && { limit: Math.min(place.limit * 2, 1_000_000) }),
    ...(place.shifts !== undefined && { shifts: place.shifts }),
  }
}

/** Whether the page has come before. A record alone may come twice. */
export function isCircle(place: PagePlace, page: LandedRow): boolean {
  return page.received > 1 && place.mark !== undefined && markOf(page) === place.mark
}

function markOf({ first_record, last_record }: LandedRow): string | undefined {
  return first_record === null ? undefined : `${first_record} ${last_record}`
}
