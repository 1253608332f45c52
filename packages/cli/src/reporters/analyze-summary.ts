import type { TableProposal } from '@strata/extractor'
import { formatCount, formatDuration, plural } from './format.ts'

/** A line of progress about a table. */
export function analyzedLine(
  { name, schema, kept, inactive, error, rows }: TableProposal,
  milliseconds: number,
): string {
  const size = rows === null ? '' : `, ${plural(rows, 'row')}`
  const found =
    error !== null
      ? `not read: ${[error.message, error.hint].filter(Boolean).join(' → ')}`
      : inactive !== null
        ? `inactive: ${inactive}`
        : kept.length > 0
          ? kept.map((column) => column.name).join(', ')
          : 'no change column'
  return `${schema === null ? name : `${schema}.${name}`}${size}: ${found} (${formatDuration(milliseconds)})`
}

/** What is proposed, in one sentence. */
export function analyzedSummary(proposals: readonly TableProposal[]): string {
  const failed = proposals.filter(({ error }) => error !== null)
  const read = proposals.filter(({ error }) => error === null)
  const inactive = read.filter((one) => one.inactive !== null)
  const active = read.filter((one) => one.inactive === null)
  const increments = active.filter(({ kept }) => kept.length > 0)
  const parts = [
    [increments.length, 'by increments'],
    [active.length - increments.length, 'by comparing all rows'],
    [inactive.length, 'inactive'],
    [failed.length, 'not read'],
  ] as const
  const counted = parts.filter(([count]) => count > 0).map(([count, what]) => `${formatCount(count)} ${what}`)
  return `${plural(proposals.length, 'table')}: ${counted.join(', ')}.`
}
