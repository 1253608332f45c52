import type { EndpointJob } from '@strata/core'
import { cursorLiteral } from '../probe/cursor-literal.ts'
import type { EndpointFacts } from '../probe/endpoint-facts.ts'

/** A part of what a walk reads, by a filter. A walk reads its spans one after the other. */
export type Span =
  | { readonly kind: 'all' }
  /** Records whose `window.field` lies in [from, to); null: open. */
  | { readonly kind: 'window'; readonly from: string | null; readonly to: string | null }
  /** Records without a value: of the window's field, or of the cursor's. */
  | { readonly kind: 'nulls'; readonly of: 'window' | 'cursor' }
  /** Records whose change time lies before all that is possible. */
  | { readonly kind: 'early' }

/** What a walk asks for. Instants are ISO 8601, UTC. */
export interface Asked {
  readonly job: EndpointJob
  /** Records that changed at or after this instant; null: all. */
  readonly changedSince: string | null
  readonly changedBefore: string | null
  /** Where the windows end and the open one begins. */
  readonly horizon: string
}

export function firstSpan({ job, changedSince }: Asked): Span {
  return job.window === null || changedSince !== null
    ? { kind: 'all' }
    : { kind: 'window', from: null, to: instantOf(job.window.from) }
}

/** Null: it was the last. */
export function nextSpan(
  span: Span,
  { job, changedSince, changedBefore, horizon }: Asked,
  facts: EndpointFacts,
): Span | null {
  if (span.kind === 'window') {
    if (span.to === null) return { kind: 'nulls', of: 'window' }
    if (span.to >= horizon) return { kind: 'window', from: span.to, to: null }
    const end = new Date(Date.parse(span.to) + (job.window?.days ?? 1) * dayMs).toISOString()
    return { kind: 'window', from: span.to, to: end < horizon ? end : horizon }
  }
  // A filter by a bound gives no record without a value, nor one whose value is always too early.
  const isIncrement = changedSince !== null && changedBefore === null && job.cursor?.startParam === null
  if (!isIncrement || job.cursor?.onMissing !== 'include') return null
  // One request more is little where there is one walk; there may be millions of slices.
  const mayOccur = facts.cursorNulls === true || (facts.nullFilter === true && job.slices.length === 0)
  if (span.kind === 'all' && mayOccur && facts.nullFilter !== false) return { kind: 'nulls', of: 'cursor' }
  return span.kind !== 'early' && facts.cursorEarly === true ? { kind: 'early' } : null
}

/** The first half of a window that is too wide to be answered; null where there is none. */
export function halvedSpan(span: Span): Span | null {
  if (span.kind !== 'window' || span.from === null || span.to === null) return null
  const [from, to] = [Date.parse(span.from), Date.parse(span.to)]
  return to - from < 2 * minuteMs
    ? null
    : { ...span, to: new Date(from + Math.floor((to - from) / 2)).toISOString() }
}

/** The conditions of a span, for `$filter`. */
export function filtersOf(
  span: Span,
  { job, changedSince, changedBefore }: Asked,
  facts: EndpointFacts,
): readonly string[] {
  const { window, cursor } = job
  const format = cursor?.format ?? facts.cursorFormat ?? 'iso_utc'
  if (span.kind === 'nulls')
    return [`${span.of === 'window' ? window!.field : cursorField(job, facts)} eq null`]
  if (span.kind === 'early')
    return [`${cursorField(job, facts)} lt ${cursorLiteral(instantIn(cursor?.min ?? '1990-01-01'), format)}`]
  const filters: string[] = []
  if (cursor !== null && cursor.startParam === null) {
    const field = cursorField(job, facts)
    if (changedSince !== null) filters.push(`${field} ge ${cursorLiteral(changedSince, format)}`)
    if (changedBefore !== null) filters.push(`${field} lt ${cursorLiteral(changedBefore, format)}`)
  }
  if (span.kind === 'window') {
    if (span.from !== null) filters.push(`${window!.field} ge ${cursorLiteral(span.from, format)}`)
    if (span.to !== null) filters.push(`${window!.field} lt ${cursorLiteral(span.to, format)}`)
  }
  return filters
}

export function cursorField(job: EndpointJob, facts: EndpointFacts): string {
  return facts.cursorField ?? job.cursor?.field ?? ''
}

function instantIn(text: string): string {
  return new Date(text).toISOString()
}

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

function instantOf(date: string): string {
  return `${date}T00:00:00.000Z`
}
