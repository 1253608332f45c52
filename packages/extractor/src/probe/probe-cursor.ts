import type { CursorFormat } from '@strata/core'
import type { Asker, Query } from './asker.ts'
import { findChangeField } from './change-field.ts'
import { cursorLiteral } from './cursor-literal.ts'
import type { Dialect } from './dialect.ts'
import type { EndpointFacts } from './endpoint-facts.ts'
import { type InstantLook, instantLook, instantOf } from './instant.ts'
import type { KeysFound } from './probe-keys.ts'
import type { ApiRecord } from './read-answer.ts'

export interface CursorSample {
  readonly records: readonly ApiRecord[]
  /** ISO 8601. */
  readonly serverTime: string
  /** What became of filters on the key. */
  readonly filter: KeysFound['filter']
}

/** Which field tells of changes, and how the API is asked for what changed since an instant. */
export async function probeCursor(
  asker: Asker,
  dialect: Dialect,
  { records, serverTime, filter }: CursorSample,
): Promise<EndpointFacts> {
  const { cursor } = asker.job
  const declared = cursor?.field ?? null
  const { field: found, instantFields } = findChangeField(records, declared)
  const field = found ?? (isPossible(records, declared) ? declared : null)
  if (field === null)
    return { instantFields, ...(records.length > 0 ? { cursorField: null, cursorFormat: null } : {}) }
  const known: EndpointFacts = { ...(found === null ? {} : { cursorField: found }), instantFields }
  const startParam = cursor?.startParam ?? null
  if (!dialect.odata && startParam === null) return { ...known, ...nullsSeen(records, field) }

  const since = (literal: string): Query =>
    startParam === null ? { $filter: `${field} ge ${literal}` } : { [startParam]: literal }
  const limit = dialect.limit(judgedRecords)
  const formats = formatsToTry(lookOf(records, field), cursor?.format ?? null, startParam === null)
  const tried = filter === 'ignored' && startParam === null ? formats.slice(0, 1) : formats
  const trial = await tryFormats(asker, tried, {
    bound: greatestPlausible(records, field, serverTime),
    field,
    query: (literal) => ({ ...limit, ...since(literal) }),
  })
  const nulls =
    startParam === null && trial.format !== null && trial.format !== undefined
      ? await probeNulls(asker, dialect, records, field)
      : nullsSeen(records, field)
  // Where no filter is heeded the literal is not to blame.
  const notes = [
    ...(filter === 'ignored' ? [] : trial.notes),
    ...zoneNote(trial.format, lookOf(records, field), field),
  ]
  return {
    ...known,
    ...(trial.format === undefined ? {} : { cursorFormat: trial.format }),
    ...nulls,
    ...(notes.length === 0 ? {} : { notes }),
  }
}

/** Records without any value of a field do not tell that it holds no instants. */
function isPossible(records: readonly ApiRecord[], declared: string | null): declared is string {
  return (
    declared !== null && (records.length === 0 || records.some((record) => Object.hasOwn(record, declared)))
  )
}

const judgedRecords = 50
/** Within what 32 bits hold. */
export const future = '2037-12-31T00:00:00Z'

interface Trial {
  /** Null: none was accepted; undefined: not known. */
  readonly format: CursorFormat | null | undefined
  readonly notes: readonly string[]
}

interface Question {
  /** The greatest instant that was seen; null: there are no records to judge by. */
  readonly bound: string | null
  readonly field: string
  query(literal: string): Query
}

/** A format is accepted where a bound that a record stands on brings what is not below it, and one far ahead nothing that is. */
async function tryFormats(
  asker: Asker,
  formats: readonly CursorFormat[],
  question: Question,
): Promise<Trial> {
  const misread: CursorFormat[] = []
  for (const format of formats) {
    const bound = question.bound ?? future
    const near = await asker.ask(question.query(cursorLiteral(bound, format)))
    if (near.kind === 'failed')
      return { format: undefined, notes: [`the filter by ${question.field}: ${near.error.message}`] }
    if (near.kind === 'refused') continue
    if (question.bound === null)
      return { format, notes: [`that ${format} is understood could not be seen: there are no records`] }
    const isThere =
      near.answer.records.length > 0 && keeps(near.answer.records, question.field, bound, format)
    const far = isThere ? await asker.ask(question.query(cursorLiteral(future, format))) : null
    if (far?.kind === 'answer' && keeps(far.answer.records, question.field, future, format))
      return { format, notes: [] }
    misread.push(format)
  }
  return {
    format: null,
    notes:
      misread.length === 0
        ? []
        : [`taken, but not heeded, as bounds of ${question.field}: ${misread.join(', ')}`],
  }
}

/** Whether none of the records lies below what the literal says. */
function keeps(records: readonly ApiRecord[], field: string, bound: string, format: CursorFormat): boolean {
  const lowest = instantOf(saidBy(bound, format))
  return records.every((record) => {
    const at = instantOf(record[field])
    return at !== null && lowest !== null && at >= lowest
  })
}

/** The instant that is left of one in a format that cannot say all of it. */
function saidBy(instant: string, format: CursorFormat): string {
  if (format === 'date') return instant.slice(0, 10)
  const decimals = format === 'epoch_seconds' ? 0 : format === 'epoch_ms' ? 4 : 10
  return instant.replace(/\.\d+/, (digits) => digits.slice(0, decimals))
}

/** Not one that some mistake put into the year 9999. */
function greatestPlausible(records: readonly ApiRecord[], field: string, serverTime: string): string | null {
  const latest = new Date(Date.parse(serverTime) + 86_400_000).toISOString()
  const instants = records
    .flatMap((record) => instantOf(record[field]) ?? [])
    .filter((instant) => instant >= '1990' && instant <= latest)
  return instants.reduce<string | null>(
    (best, instant) => (best === null || instant > best ? instant : best),
    null,
  )
}

/** Of most of the values. */
function lookOf(records: readonly ApiRecord[], field: string): InstantLook | null {
  const counts = new Map<InstantLook, number>()
  for (const record of records) {
    const look = instantLook(record[field])
    if (look !== null) counts.set(look, (counts.get(look) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null
}

const allFormats: readonly CursorFormat[] = [
  'iso_utc',
  'iso_offset',
  'datetimeoffset',
  'iso_naive',
  'datetime',
  'quoted',
  'date',
  'epoch_ms',
  'epoch_seconds',
]

/** Likelier ones first: as it was declared, then as the API itself writes the field. */
function formatsToTry(
  look: InstantLook | null,
  declared: CursorFormat | null,
  inFilter: boolean,
): readonly CursorFormat[] {
  const alike: readonly CursorFormat[] =
    look === 'seconds'
      ? ['epoch_seconds']
      : look === 'milliseconds'
        ? ['epoch_ms']
        : look === 'ticks'
          ? ['datetime']
          : look === 'date'
            ? ['date']
            : look === 'naive'
              ? ['iso_naive', 'datetime']
              : []
  const possible = inFilter ? allFormats : allFormats.filter((format) => !/^(?:quoted|datetime)/.test(format))
  const first = declared === null ? alike : [declared, ...alike]
  return [...new Set([...first, ...possible])]
}

async function probeNulls(
  asker: Asker,
  dialect: Dialect,
  records: readonly ApiRecord[],
  field: string,
): Promise<EndpointFacts> {
  const seen = nullsSeen(records, field)
  const reply = await asker.ask({ ...dialect.limit(1), $filter: `${field} eq null` })
  if (reply.kind !== 'answer') return { ...seen, ...(reply.kind === 'refused' ? { nullFilter: false } : {}) }
  const got = reply.answer.records
  if (got.some((record) => isMissing(record[field]) === false)) return { ...seen, nullFilter: false }
  if (got.length > 0) return { cursorNulls: true, nullFilter: true }
  return seen.cursorNulls === true ? { ...seen, nullFilter: false } : { cursorNulls: false, nullFilter: true }
}

function nullsSeen(records: readonly ApiRecord[], field: string): EndpointFacts {
  return records.some((record) => isMissing(record[field])) ? { cursorNulls: true } : {}
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined
}

function zoneNote(format: Trial['format'], look: InstantLook | null, field: string): readonly string[] {
  const says = format === 'iso_naive' || format === 'datetime'
  return says && look === 'zoned'
    ? [
        `${field} names a zone, its filter none: see that the two agree, or give the cursor a lookback of a day`,
      ]
    : []
}
