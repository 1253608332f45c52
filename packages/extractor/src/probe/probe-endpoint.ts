import type { SourceError } from '@strata/core'
import { type Asker, createAsker, type ProbeOptions, type Reply } from './asker.ts'
import { type Dialect, dialectOf } from './dialect.ts'
import type { EndpointFacts } from './endpoint-facts.ts'
import { probeCount } from './probe-count.ts'
import { probeCursor } from './probe-cursor.ts'
import { ignoresAll, type KeysFound, probeKeys } from './probe-keys.ts'
import { besideRecords, probeNextPage } from './probe-next-page.ts'
import { type FirstAnswer, firstRecords, probePages } from './probe-pages.ts'
import { probeTogether } from './probe-together.ts'
import type { Answer } from './read-answer.ts'
import { recordFields } from './record-fields.ts'

/**
 * Finds out what an endpoint supports, with some dozen requests: what is refused, and what is silently ignored, by comparing
 * answers. Throws `SourceError` where the instance or the endpoint does not answer at all.
 */
export async function probeEndpoint(options: ProbeOptions): Promise<EndpointFacts> {
  const asker = createAsker(options)
  const wanted = dialectOf(options.job, options.connector)
  const first = await askFirst(asker, wanted)
  if (first === null) return { supported: false }
  const dialect: Dialect = first.limited ? wanted : { ...wanted, limit: () => ({}) }
  const { answer } = first
  const facts = { ...firstFacts(answer, options), supported: true }
  if (answer.shape === 'object')
    return { ...facts, notes: ['one object, which is no list: if it holds one, data_selector says where'] }
  if (answer.records.length === 0) {
    const keys = dialect.odata ? await probeKeys(asker, dialect, []) : nothingFound
    const cursor = await probeCursor(asker, dialect, sampleOf(answer, keys))
    return mergeFacts([facts, countOf(await askCount(asker, dialect)), keys.facts, cursor])
  }
  const { records, facts: pages } = await probePages(asker, dialect, first)
  const keys = await keysOf(asker, dialect, answer, pages)
  const cursor = await probeCursor(asker, dialect, { ...sampleOf(answer, keys), records })
  const found = mergeFacts([facts, pages, keys.facts, cursor, { fields: recordFields(records) }])
  const all = mergeFacts([found, await probeCount(asker, dialect, found)])
  const known = { ...all, ...filterFact(all) }
  return mergeFacts([known, await probeTogether(asker, dialect, known)])
}

const nothingFound: KeysFound = { facts: {}, filter: 'unknown' }

/** The first records; null: there is no such endpoint. */
async function askFirst(asker: Asker, dialect: Dialect): Promise<FirstAnswer | null> {
  const limit = dialect.limit(firstRecords)
  const isLimit = Object.keys(limit).length > 0
  if (isLimit) {
    const limited = await asker.ask(limit)
    if (limited.kind === 'answer') return { answer: limited.answer, limited: true, unlimitable: false }
    if (isAbsent(limited.error)) return null
    if (limited.kind === 'failed') throw limited.error
  }
  const plain = await asker.ask({})
  if (plain.kind === 'answer') return { answer: plain.answer, limited: false, unlimitable: isLimit }
  if (isAbsent(plain.error) || plain.error.status === 501) return null
  throw plain.error
}

function isAbsent({ code }: SourceError): boolean {
  return code === 'SOURCE_NOT_FOUND'
}

function firstFacts(
  { shape, page, foundAt, records, document }: Answer,
  { connector, clock }: ProbeOptions,
): EndpointFacts {
  const skew =
    clock === undefined ? null : Math.round((Date.parse(page.serverTime) - clock().getTime()) / 1000)
  const beside = connector.kind === 'rest' && shape === 'envelope' ? besideRecords(document) : []
  const notes = [
    ...(foundAt === null
      ? []
      : [`the records stand under ${foundAt.join('.')}: declare it as data_selector`]),
    ...(beside.length === 0 ? [] : [`beside the records: ${beside.join(', ')}`]),
  ]
  return {
    // An empty body is taken for an empty list.
    ...(shape === 'array' && records.length === 0 ? {} : { shape }),
    fields: recordFields(records),
    ...(skew === null ? {} : { clockSkewSeconds: skew }),
    ...(notes.length === 0 ? {} : { notes }),
  }
}

async function keysOf(
  asker: Asker,
  dialect: Dialect,
  { records }: Answer,
  { top }: EndpointFacts,
): Promise<KeysFound> {
  if (!dialect.odata) return { ...nothingFound, facts: await probeNextPage(asker, dialect, records) }
  if (top === false && (await ignoresAll(asker, records))) {
    const facts = { skip: false, orderBy: false, keyset: false, compoundFilter: false, select: false }
    return { facts, filter: 'ignored' }
  }
  if (top === false && records.length > mostUnlimited)
    return { ...nothingFound, facts: { notes: [tooLarge] } }
  return await probeKeys(asker, dialect, records)
}

/** Each question that an endpoint without a limit is asked costs it an answer of so many records. */
const mostUnlimited = 5000
const tooLarge = 'its answers are large, and cannot be limited: order and key were not looked into'

function sampleOf({ records, page }: Answer, { filter }: KeysFound) {
  return { records, filter, serverTime: page.serverTime }
}

async function askCount(asker: Asker, dialect: Dialect): Promise<Reply | null> {
  return dialect.odata ? await asker.ask({ ...dialect.limit(firstRecords), $count: 'true' }) : null
}

function countOf(reply: Reply | null): EndpointFacts {
  return reply?.kind === 'refused' ? { count: false } : {}
}

function filterFact({ keyset, compoundFilter, cursorFormat, nullFilter }: EndpointFacts): EndpointFacts {
  if (keyset === true || compoundFilter === true || nullFilter === true || cursorFormat)
    return { filter: true }
  return keyset === false && cursorFormat === null ? { filter: false } : {}
}

/** Notes of all of them, also where there are none: those of an earlier probe hold no longer. Of all else the later. */
function mergeFacts(parts: readonly EndpointFacts[]): EndpointFacts {
  const notes = parts.flatMap((part) => part.notes ?? [])
  return { ...Object.assign({}, ...parts), notes }
}
