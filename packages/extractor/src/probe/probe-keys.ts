import type { Asker, Query } from './asker.ts'
import type { Dialect } from './dialect.ts'
import type { EndpointFacts } from './endpoint-facts.ts'
import { firstRecords } from './probe-pages.ts'
import type { ApiRecord } from './read-answer.ts'
import { recordFields } from './record-fields.ts'
import {
  compareKeys,
  identityOf,
  type KeyForm,
  type KeyValue,
  keyForms,
  keyLiteral,
  keyNames,
  keyOf,
} from './record-key.ts'

export interface KeysFound {
  readonly facts: EndpointFacts
  /** What became of filters on the key. */
  readonly filter: 'works' | 'ignored' | 'refused' | 'unknown'
}

/** What can be done with the key: order, filters, offsets in that order. `records`: the first of the endpoint. */
export async function probeKeys(
  asker: Asker,
  dialect: Dialect,
  records: readonly ApiRecord[],
): Promise<KeysFound> {
  const keyed = distinct(asker, records)
  if (keyed.length < 2) {
    const reason =
      records.length < 2 ? 'too few records to see an order' : 'the records have no key to order them by'
    return { facts: { ...(await probeRefusals(asker, dialect)), notes: [reason] }, filter: 'unknown' }
  }
  const order = await probeOrder(asker, dialect)
  const listed = order.ascending ?? keyed
  const skip = await probeSkip(asker, dialect, listed, order.query)
  const keyset = await probeKeyset(asker, dialect, listed, order)
  const compound =
    keyset.filter === 'works' || keyset.filter === 'unknown'
      ? await probeCompound(asker, dialect, keyed, keyset.form)
      : undefined
  const select = await probeSelect(asker, dialect, keyed)
  return {
    filter: compound === true ? 'works' : keyset.filter,
    facts: {
      ...(order.orderBy === undefined ? {} : { orderBy: order.orderBy }),
      ...(skip === undefined ? {} : { skip }),
      ...(keyset.keyset === undefined ? {} : { keyset: keyset.keyset }),
      ...(keyset.keyset === true && keyset.form !== null ? { keyForm: keyset.form } : {}),
      ...(compound === undefined ? {} : { compoundFilter: compound }),
      ...(select === undefined ? {} : { select }),
    },
  }
}

/**
 * One request with all options at once, of an endpoint that does not heed the limit: where the answer is the same as
 * without any, each further one would be the whole list again.
 */
export async function ignoresAll(asker: Asker, records: readonly ApiRecord[]): Promise<boolean> {
  const keyed = distinct(asker, records)
  const names = keyNames(asker.job)
  const first = keyed[0] === undefined ? null : keyOf(asker.job, keyed[0])
  if (keyed.length < 2 || first === null) return false
  const [form = 'string'] = keyForms(first)
  const reply = await asker.ask({
    $orderby: names.map((name) => `${name} desc`).join(','),
    $filter: `${names[0]} ne ${keyLiteral(first[0]!, form)}`,
    $skip: '1',
    $select: names.join(','),
  })
  if (reply.kind !== 'answer') return false
  const got = reply.answer.records
  const same = (record: ApiRecord, index: number) =>
    identityOf(asker.job, record) === identityOf(asker.job, records[index] ?? {})
  return got.length === records.length && got.every(same) && !hasOnly(asker, got)
}

/** What too few records cannot show, but a refusal does. */
async function probeRefusals(asker: Asker, dialect: Dialect): Promise<EndpointFacts> {
  const limit = dialect.limit(firstRecords)
  const isRefused = async (query: Query) => (await asker.ask({ ...limit, ...query })).kind === 'refused'
  const names = keyNames(asker.job)
  const orderBy = names.length > 0 && (await isRefused({ $orderby: names.join(',') }))
  const offset = dialect.offset(1)
  const skip = offset !== null && (await isRefused(offset))
  return { ...(orderBy ? { orderBy: false } : {}), ...(skip ? { skip: false } : {}) }
}

interface Order {
  readonly orderBy: boolean | undefined
  /** The first records in the order of the key; null: there is no such order. */
  readonly ascending: readonly ApiRecord[] | null
  readonly query: Query
}

async function probeOrder(asker: Asker, dialect: Dialect): Promise<Order> {
  const names = keyNames(asker.job)
  const none = { ascending: null, query: {} }
  const query = { $orderby: names.join(',') }
  const up = await asker.ask({ ...dialect.limit(firstRecords), ...query })
  if (up.kind !== 'answer') return { ...none, orderBy: up.kind === 'refused' ? false : undefined }
  const down = await asker.ask({
    ...dialect.limit(firstRecords),
    $orderby: names.map((name) => `${name} desc`).join(','),
  })
  if (down.kind !== 'answer') return { ...none, orderBy: down.kind === 'refused' ? false : undefined }
  const [first, last] = [up.answer.records[0], down.answer.records[0]]
  const honoured =
    first !== undefined &&
    last !== undefined &&
    identityOf(asker.job, first) !== identityOf(asker.job, last) &&
    isOrdered(asker, up.answer.records, 1) &&
    isOrdered(asker, down.answer.records, -1)
  return honoured ? { orderBy: true, ascending: up.answer.records, query } : { ...none, orderBy: false }
}

/** Texts have an order of the server's own, which is not judged. */
function isOrdered({ job }: Asker, records: readonly ApiRecord[], direction: 1 | -1): boolean {
  const keys = records.map((record) => keyOf(job, record))
  return keys.every((key, index) => {
    const before = index === 0 ? null : keys[index - 1]
    if (key === null || before === null || before === undefined) return key !== null
    return (compareKeys(before, key) ?? 0) * direction <= 0
  })
}

async function probeSkip(
  asker: Asker,
  dialect: Dialect,
  listed: readonly ApiRecord[],
  order: Query,
): Promise<boolean | undefined> {
  const offset = dialect.offset(2)
  if (offset === null || listed.length < 3) return undefined
  const reply = await asker.ask({ ...dialect.limit(3), ...offset, ...order })
  if (reply.kind !== 'answer') return reply.kind === 'refused' ? false : undefined
  const first = reply.answer.records[0]
  if (first === undefined) return false
  const [identity, ...known] = [first, ...listed].map((record) => identityOf(asker.job, record))
  if (identity === known[2]) return true
  return identity === known[0] ? false : undefined
}

interface Keyset {
  readonly keyset: boolean | undefined
  readonly form: KeyForm | null
  readonly filter: KeysFound['filter']
}

async function probeKeyset(
  asker: Asker,
  dialect: Dialect,
  listed: readonly ApiRecord[],
  { ascending, query }: Order,
): Promise<Keyset> {
  const { job } = asker
  const keys = listed.flatMap((record) => keyOf(job, record) ?? [])
  const numeric = keys.every((value) => typeof value !== 'string')
  const unknown: Keyset = { keyset: undefined, form: null, filter: 'unknown' }
  // Without an order of theirs texts cannot be told to be beyond each other.
  if (ascending === null && !numeric) return unknown
  const sorted =
    ascending ?? [...listed].sort((a, b) => compareKeys(keyOf(job, a) ?? [], keyOf(job, b) ?? []) ?? 0)
  const middle = Math.floor((sorted.length - 2) / 2)
  const pivot = keyOf(job, sorted[middle]!)
  const next = sorted[middle + 1]
  if (pivot === null || next === undefined) return unknown
  const notBeyond = new Set(sorted.slice(0, middle + 1).map((record) => identityOf(job, record)))
  let result = unknown
  for (const form of keyForms(pivot)) {
    const reply = await asker.ask({
      ...dialect.limit(firstRecords),
      $filter: beyond(keyNames(job), pivot, form),
      ...query,
    })
    if (reply.kind === 'failed') return unknown
    if (reply.kind === 'refused') {
      result = { keyset: false, form, filter: 'refused' }
      continue
    }
    const got = reply.answer.records
    if (got.some((record) => notBeyond.has(identityOf(job, record)))) {
      result = { keyset: false, form, filter: 'ignored' }
      continue
    }
    const isNext = got[0] !== undefined && identityOf(job, got[0]) === identityOf(job, next)
    const allBeyond =
      got.length > 0 && got.every((record) => (compareKeys(keyOf(job, record) ?? [], pivot) ?? 0) > 0)
    if ((ascending !== null && isNext) || allBeyond) return { keyset: true, form, filter: 'works' }
    result = { keyset: false, form, filter: 'unknown' }
  }
  return result
}

/** `a gt 1 or (a eq 1 and b gt 2)` */
function beyond(names: readonly string[], values: readonly KeyValue[], form: KeyForm): string {
  const compare = (index: number, operator: string) =>
    `${names[index]} ${operator} ${keyLiteral(values[index]!, formOf(values[index]!, form))}`
  return names
    .map((_, index) => {
      const parts = [...names.slice(0, index).map((_, at) => compare(at, 'eq')), compare(index, 'gt')]
      return parts.length === 1 ? parts[0] : `(${parts.join(' and ')})`
    })
    .join(' or ')
}

/** The form of one value, where others are written in `form`: a text without quotes may be no literal at all. */
function formOf(value: KeyValue, form: KeyForm): KeyForm {
  if (typeof value !== 'string') return 'number'
  return keyForms([value]).includes(form) ? form : 'string'
}

async function probeCompound(
  asker: Asker,
  dialect: Dialect,
  keyed: readonly ApiRecord[],
  form: KeyForm | null,
): Promise<boolean | undefined> {
  const names = keyNames(asker.job)
  const index = names.findIndex(
    (_, part) => new Set(keyed.map((record) => keyOf(asker.job, record)![part])).size > 1,
  )
  if (index < 0) return undefined
  const values = plainFirst([...new Set(keyed.map((record) => keyOf(asker.job, record)![index]!))])
  const [one, other] = values
    .slice(0, 2)
    .map((value) => keyLiteral(value, formOf(value, form ?? keyForms([value])[0]!)))
  const name = names[index]!
  const reply = await asker.ask({
    ...dialect.limit(firstRecords),
    $filter: `(${name} eq ${one} or ${name} eq ${other}) and ${name} ne ${one}`,
  })
  if (reply.kind !== 'answer') return reply.kind === 'refused' ? false : undefined
  const got = reply.answer.records
  return got.length > 0 && got.every((record) => keyOf(asker.job, record)?.[index] === values[1])
}

/** A server that stumbles over a quote in a key is not one that knows no compound filters. */
function plainFirst(values: readonly KeyValue[]): readonly KeyValue[] {
  const isPlain = (value: KeyValue) => typeof value !== 'string' || /^[\w.~-]+$/.test(value)
  return [...values.filter(isPlain), ...values.filter((value) => !isPlain(value))]
}

async function probeSelect(
  asker: Asker,
  dialect: Dialect,
  keyed: readonly ApiRecord[],
): Promise<boolean | undefined> {
  if (hasOnly(asker, keyed)) return undefined
  const reply = await asker.ask({ ...dialect.limit(2), $select: keyNames(asker.job).join(',') })
  if (reply.kind !== 'answer') return reply.kind === 'refused' ? false : undefined
  const got = reply.answer.records
  return got.length > 0 && got.every((record) => keyOf(asker.job, record) !== null) && hasOnly(asker, got)
}

/** Whether the records consist of their keys. */
function hasOnly({ job }: Asker, records: readonly ApiRecord[]): boolean {
  const roots = new Set(keyNames(job).map((name) => name.split('/')[0]))
  return recordFields(records).every((path) => roots.has(path.split('/')[0]))
}

/** Those with a key, each once. */
function distinct({ job }: Asker, records: readonly ApiRecord[]): readonly ApiRecord[] {
  const byKey = new Map<string, ApiRecord>()
  for (const record of records)
    if (keyOf(job, record) !== null && !byKey.has(identityOf(job, record)))
      byKey.set(identityOf(job, record), record)
  return [...byKey.values()].slice(0, firstRecords)
}
