/** How old a source may be: `12 hour`. */
export interface AgeLimit {
  readonly count: number
  readonly period: 'minute' | 'hour' | 'day'
}

export interface FreshnessCriteria {
  readonly warnAfter: AgeLimit | null
  readonly errorAfter: AgeLimit | null
  /** SQL: a condition on the rows whose age is taken. */
  readonly filter: string | null
}

export type FreshnessStatus = 'pass' | 'warn' | 'error' | 'runtime error'

/** How fresh a source was found. */
export interface FreshnessResult {
  readonly id: string
  /** `clinical_conductor.patients` */
  readonly name: string
  readonly status: FreshnessStatus
  readonly criteria: FreshnessCriteria
  /** ISO 8601, UTC; null: it could not be measured. Year 1: nothing was ever loaded. */
  readonly maxLoadedAt: string | null
  /** When it was measured. */
  readonly measuredAt: string
  /** Between the two. */
  readonly ageSeconds: number | null
  /** Rows whose time cannot be believed: it is more than a day ahead. */
  readonly leftOut: number
  /** By what: `last complete walk`, `updated_at`. */
  readonly by: string
  readonly startedAt: string
  readonly finishedAt: string
  readonly error: { readonly message: string; readonly hint?: string } | null
}

const seconds = { minute: 60, hour: 3_600, day: 86_400 } as const

export function judgeFreshness(
  { warnAfter, errorAfter }: FreshnessCriteria,
  ageSeconds: number,
): 'pass' | 'warn' | 'error' {
  const exceeds = (limit: AgeLimit | null) =>
    limit !== null && ageSeconds > limit.count * seconds[limit.period]
  if (exceeds(errorAfter)) return 'error'
  return exceeds(warnAfter) ? 'warn' : 'pass'
}

/** The limits that a source declares; null: it has none, and its freshness is not measured. */
export function freshnessCriteria(freshness: unknown): FreshnessCriteria | null {
  if (typeof freshness !== 'object' || freshness === null) return null
  const given = freshness as { readonly [key: string]: unknown }
  const [warnAfter, errorAfter] = [ageLimit(given['warn_after']), ageLimit(given['error_after'])]
  if (warnAfter === null && errorAfter === null) return null
  const filter = given['filter']
  return { warnAfter, errorAfter, filter: typeof filter === 'string' && filter.trim() !== '' ? filter : null }
}

function ageLimit(value: unknown): AgeLimit | null {
  if (typeof value !== 'object' || value === null) return null
  const { count, period } = value as { readonly [key: string]: unknown }
  const number = typeof count === 'string' && /^\d+$/.test(count) ? Number(count) : count
  if (typeof number !== 'number' || typeof period !== 'string' || !(period in seconds)) return null
  return { count: number, period: period as AgeLimit['period'] }
}
