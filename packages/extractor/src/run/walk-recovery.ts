import type { SourceError } from '@strata/core'
import type { UnreadableLetter } from '../landing/unreadable-letters.ts'
import type { Pager } from './pagers/pager.ts'
import { halvedSpan } from './spans.ts'
import { brokenOff, unsupportedEndpoint } from './walk-failures.ts'
import { atSpan, type WalkPlace } from './walk-place.ts'
import type { WalkRequests } from './walk-requests.ts'
import type { WalkOptions } from './walk-slice.ts'

export interface Failure {
  readonly error: SourceError
  readonly at: WalkPlace
  readonly pager: Pager
  readonly requests: WalkRequests
  /** Whether the page has been asked for a second time already. */
  readonly again: boolean
  /** Records passed over since the last page that could be read; one more may be added. */
  readonly letters: UnreadableLetter[]
}

/** `learned`: the walk begins anew with what it knows now. `unlink`: it goes on without the API's links. */
export type Recovery =
  | { readonly kind: 'learned' }
  | { readonly kind: 'again' }
  | { readonly kind: 'go on'; readonly at: WalkPlace; readonly unlink?: boolean }

/** After so many in a row it is found out whether the API is down; after so many it is taken to be. */
const doubtfulInARow = 3
const maxUnreadableInARow = 100

/** What is to be done about a page that did not come, or could not be landed. Throws the error where nothing can be done. */
export async function recover(options: WalkOptions, failure: Failure): Promise<Recovery> {
  const { error, at, pager, letters, requests } = failure
  const { knowledge, signal } = options
  const { job, parameters } = options.place
  if (error.code === 'SOURCE_REJECTED') {
    if (await knowledge.askAgain(parameters, signal)) return { kind: 'learned' }
    // It is not the options that it refuses.
    if (error.status === 501 && at.page.link === undefined) throw unsupportedEndpoint(options, error)
  }
  if (error.code === 'SOURCE_LINK_ELSEWHERE') {
    await knowledge.learn({ nextLink: false })
    return { kind: 'learned' }
  }
  const { link, base: _, ...page } = at.page
  if (link !== undefined && isLost(error)) {
    // A link that has expired, or that leads to a page that cannot be read: the same place by another way.
    await knowledge.learn({ nextLink: false })
    return {
      kind: 'go on',
      at: { ...at, page: { ...page, skip: page.received + page.passed } },
      unlink: true,
    }
  }
  const { after, limit: __, ...plain } = page
  if (after !== undefined && isOddLiteral(after) && isLost(error)) {
    // Some servers misread a literal with quotes and the like: on by offset.
    return { kind: 'go on', at: { ...at, page: { ...plain, skip: page.received + page.passed } } }
  }
  if (error.code === 'SOURCE_TIMEOUT') {
    const halved = halvedSpan(at.span)
    if (halved !== null) return { kind: 'go on', at: atSpan(at, halved) }
  }
  // Only the first page tells that there is no such endpoint or slice.
  if (error.code === 'SOURCE_NOT_FOUND' && at.page.received > 0) throw brokenOff(options, error)
  if (!isPoison(error) || !pager.limitable) throw error
  if (error.code === 'SOURCE_UNREADABLE_PAGE' && !failure.again) return { kind: 'again' }
  const limit = Math.min(at.page.limit ?? job.pageSize, job.pageSize)
  if (limit > 1)
    return { kind: 'go on', at: { ...at, page: { ...at.page, limit: Math.max(1, Math.floor(limit / 2)) } } }
  // The API is down, and no record is to blame.
  if (letters.length === maxUnreadableInARow || isBeyondAll(at)) throw error
  if (letters.length > 0 && letters.length % doubtfulInARow === 0 && !(await isUp(failure))) throw error
  letters.push({ ...requests.belowBase(requests.addressOf(at.page, pager)), error })
  const { skip = 0, passed } = at.page
  return { kind: 'go on', at: { ...at, page: { ...at.page, skip: skip + 1, passed: passed + 1, limit: 1 } } }
}

/** All that the API counts was read or passed over. */
function isBeyondAll({ page, promised }: WalkPlace): boolean {
  return promised !== null && page.received + page.passed >= promised[1]
}

/** Whether a record can be read that was read before. */
async function isUp({ at, pager, requests }: Failure): Promise<boolean> {
  return at.page.received > 0 && (await requests.answers(pager))
}

/** May be the fault of one record, and not of the whole API. */
function isPoison({ code }: SourceError): boolean {
  return [
    'SOURCE_UNREADABLE_PAGE',
    'SOURCE_FAILING',
    'SOURCE_TIMEOUT',
    'SOURCE_CONNECTION',
    'SOURCE_TOO_LARGE',
  ].includes(code)
}

/** A key that not every server can read in a filter. JSON. */
function isOddLiteral(key: string): boolean {
  return !/^(?:-?[\d.]+|"[\w-]+")$/.test(key)
}

/** For a page that was asked for by a link. */
function isLost(error: SourceError): boolean {
  return isPoison(error) || ['SOURCE_REJECTED', 'SOURCE_NOT_FOUND'].includes(error.code)
}
