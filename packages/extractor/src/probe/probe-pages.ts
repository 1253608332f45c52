import type { EndpointJob } from '@strata/core'
import type { Asker, Reply } from './asker.ts'
import type { Dialect } from './dialect.ts'
import type { EndpointFacts } from './endpoint-facts.ts'
import { type Answer, type ApiRecord, valueAt, wholeNumberAt } from './read-answer.ts'
import { identityOf } from './record-key.ts'

/** Records of the first answer; enough to compare, and few. */
export const firstRecords = 10
const fewRecords = 3

export interface FirstAnswer {
  readonly answer: Answer
  /** It was asked with a limit. */
  readonly limited: boolean
  /** The limit was refused. */
  readonly unlimitable: boolean
}

export interface PagesFound {
  readonly facts: EndpointFacts
  /** As many records as were seen in one answer. */
  readonly records: readonly ApiRecord[]
}

/** How much an answer holds, what it says of the rest, and how that is asked for. The first answer must hold records. */
export async function probePages(asker: Asker, dialect: Dialect, first: FirstAnswer): Promise<PagesFound> {
  const { job } = asker
  const base = first.answer
  const few = await probeFew(asker, dialect, first)
  const total = few.total ?? totalOf(job, base)
  const whole =
    nextLinkOf(job, base) === null &&
    base.records.length !== firstRecords &&
    (total === null || total <= base.records.length)
  const large = whole || !first.limited ? null : await probeLarge(asker, dialect, total)
  const seen = large?.answer ?? base
  const isAll = whole || large?.isAll === true
  const link = await probeNextLink(asker, seen, isAll)
  const notes = [...few.notes, ...(large?.notes ?? []), ...link.notes]
  const honest = countHonest(total, { seen: seen.records.length, first: base.records.length, isAll })
  return {
    records: seen.records,
    facts: {
      ...(few.top === undefined ? {} : { top: few.top }),
      ...(large?.topCap === undefined ? {} : { topCap: large.topCap }),
      ...(link.nextLink === undefined ? {} : { nextLink: link.nextLink }),
      ...(few.count === undefined ? {} : { count: few.count }),
      ...(honest === undefined ? {} : { countHonest: honest }),
      ...(total === null ? {} : { total }),
      pageMilliseconds: millisecondsOf(seen),
      pageRecords: seen.records.length,
      ...(notes.length === 0 ? {} : { notes }),
    },
  }
}

interface Few {
  readonly top: boolean | undefined
  readonly count: boolean | undefined
  readonly total: number | null
  readonly notes: readonly string[]
}

/** A page that is smaller than the first: only so it shows whether the limit, and not the endpoint, ended the first. */
async function probeFew(asker: Asker, dialect: Dialect, first: FirstAnswer): Promise<Few> {
  const { job } = asker
  const limit = dialect.limit(fewRecords)
  const topOf = (reply: Reply): boolean | undefined => {
    if (first.unlimitable) return false
    if (!first.limited || reply.kind !== 'answer') return undefined
    if (reply.answer.records.length > fewRecords) return false
    return first.answer.records.length > fewRecords ? true : undefined
  }
  if (dialect.odata) {
    const counted = await asker.ask({ ...limit, $count: 'true' })
    if (counted.kind === 'answer') {
      const total = totalOf(job, counted.answer)
      return { top: topOf(counted), count: total !== null, total, notes: [] }
    }
    const top = first.limited ? topOf(await asker.ask(limit)) : topOf(counted)
    return counted.kind === 'refused'
      ? { top, count: false, total: null, notes: [] }
      : { top, count: undefined, total: null, notes: [`$count: ${counted.error.message}`] }
  }
  const declaresTotal = 'totalPath' in job.paging && job.paging.totalPath !== null
  return {
    top: first.limited ? topOf(await asker.ask(limit)) : first.unlimitable ? false : undefined,
    count: declaresTotal ? totalOf(job, first.answer) !== null : undefined,
    total: null,
    notes: [],
  }
}

interface Large {
  readonly answer: Answer | null
  readonly topCap: number | null | undefined
  readonly isAll: boolean
  readonly notes: readonly string[]
}

/** A page as a run asks for it. */
async function probeLarge(asker: Asker, dialect: Dialect, total: number | null): Promise<Large> {
  const { job } = asker
  const nothing = { answer: null, topCap: undefined, isAll: false }
  if (Object.keys(dialect.limit(1)).length === 0 || job.pageSize <= firstRecords)
    return { ...nothing, notes: [] }
  for (let size = job.pageSize; ; size = Math.floor(size / 2)) {
    const reply = await asker.ask(dialect.limit(size))
    if (reply.kind === 'failed')
      return { ...nothing, notes: [`a page of ${size} records did not come: ${reply.error.message}`] }
    if (reply.kind === 'refused') {
      if (size >= 2 * firstRecords) continue
      return { ...nothing, topCap: firstRecords, notes: [`pages of ${size} records and more are refused`] }
    }
    const { answer } = reply
    const held = answer.records.length
    const full = { answer, isAll: false, notes: [] }
    // More than this was refused.
    const most = size === job.pageSize ? null : size
    if (held >= size) return { ...full, topCap: most }
    if (nextLinkOf(job, answer) !== null) return { ...full, topCap: held }
    const isAll = total === held || (await isMoreBeyond(asker, dialect, answer)) === false
    if (isAll) return { ...full, topCap: most ?? undefined, isAll }
    return { ...full, topCap: (await isCap(asker, dialect, held)) ? held : undefined }
  }
}

/** A page that is short for another reason is short too where less is asked for. */
async function isCap(asker: Asker, dialect: Dialect, held: number): Promise<boolean> {
  const reply = await asker.ask(dialect.limit(held))
  return reply.kind === 'answer' && reply.answer.records.length === held
}

/** Undefined: it cannot be seen. */
async function isMoreBeyond(asker: Asker, dialect: Dialect, answer: Answer): Promise<boolean | undefined> {
  const offset = dialect.offset(answer.records.length)
  const first = answer.records[0]
  if (offset === null || first === undefined) return undefined
  const reply = await asker.ask({ ...dialect.limit(1), ...offset })
  if (reply.kind !== 'answer') return undefined
  const beyond = reply.answer.records[0]
  if (beyond === undefined) return false
  return identityOf(asker.job, beyond) === identityOf(asker.job, first) ? undefined : true
}

async function probeNextLink(
  asker: Asker,
  answer: Answer,
  isAll: boolean,
): Promise<{ readonly nextLink: boolean | undefined; readonly notes: readonly string[] }> {
  const link = nextLinkOf(asker.job, answer)
  if (link === null) return { nextLink: isAll ? undefined : false, notes: [] }
  const reply = await asker.askLink(link)
  if (reply.kind === 'failed')
    return { nextLink: undefined, notes: [`the next link: ${reply.error.message}`] }
  if (reply.kind === 'refused')
    return { nextLink: false, notes: [`the next link cannot be followed: ${reply.error.message}`] }
  const known = new Set(answer.records.map((record) => identityOf(asker.job, record)))
  const first = reply.answer.records[0]
  const isNew = first === undefined || !known.has(identityOf(asker.job, first))
  return isNew
    ? { nextLink: true, notes: [] }
    : { nextLink: false, notes: ['the next link brings the same records'] }
}

function countHonest(
  total: number | null,
  { seen, first, isAll }: { readonly seen: number; readonly first: number; readonly isAll: boolean },
): boolean | undefined {
  if (total === null) return undefined
  const known = Math.max(seen, first)
  if (total < known || (isAll && total !== known)) return false
  // Of so few records a count of the page says the same.
  return known > fewRecords ? true : undefined
}

export function nextLinkOf({ paging }: EndpointJob, { document }: Answer): string | null {
  const link = valueAt(document, paging.kind === 'next_link' ? paging.path : ['@odata.nextLink'])
  return typeof link === 'string' && link !== '' ? link : null
}

export function totalOf({ paging }: EndpointJob, { document }: Answer): number | null {
  const path = 'totalPath' in paging ? paging.totalPath : null
  return wholeNumberAt(document, path ?? ['@odata.count'])
}

/** From the moment of asking to the last byte. */
function millisecondsOf({ page }: Answer): number {
  return Math.max(0, Date.parse(page.serverTime) - Date.parse(page.readAfter))
}
