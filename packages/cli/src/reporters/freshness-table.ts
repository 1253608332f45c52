import type { AgeLimit, FreshnessResult } from '@strata/core'
import { formatDuration } from './format.ts'

/** A row a source: how old it is, and how old it may be. */
export function freshnessTable(results: readonly FreshnessResult[]): {
  readonly columns: readonly string[]
  readonly rows: readonly Record<string, unknown>[]
} {
  return {
    columns: ['status', 'source', 'age', 'warn', 'error', 'by'],
    rows: results.map(({ status, name, criteria, ageSeconds, maxLoadedAt, by }) => ({
      status,
      source: name,
      age: maxLoadedAt?.startsWith('0001-') ? 'never loaded' : formatAge(ageSeconds),
      warn: formatLimit(criteria.warnAfter),
      error: formatLimit(criteria.errorAfter),
      by,
    })),
  }
}

/** `3d 04h`, and below a day as durations are written. */
export function formatAge(seconds: number | null): string {
  if (seconds === null) return ''
  const hours = Math.floor(seconds / 3_600)
  return hours < 24
    ? formatDuration(seconds * 1000)
    : `${Math.floor(hours / 24)}d ${String(hours % 24).padStart(2, '0')}h`
}

const periods = { minute: 'min', hour: 'h', day: 'd' } as const

function formatLimit(limit: AgeLimit | null): string {
  return limit === null ? '' : `> ${limit.count}${periods[limit.period]}`
}
