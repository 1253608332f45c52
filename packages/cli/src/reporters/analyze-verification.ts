import type { ColumnMisses, TableVerification } from '@strata/extractor'
import type { Colors } from './colors.ts'
import { formatCount, padEnd, plural } from './format.ts'
import { textWidth } from './text-width.ts'

/** How often each change column of a table told of a change, and what to do about it. */
export function verificationLines(
  { job, sampled, since, comparison, overall, skipped, error }: TableVerification,
  colors: Colors,
): readonly string[] {
  if (error !== null)
    return [`${job}: ${error.message}`, ...(error.hint === undefined ? [] : [`    → ${error.hint}`])]
  if (skipped !== null) return [`${job}: left out, for ${skipped}.`]
  if (comparison === null)
    return [`${job}: ${plural(sampled, 'row')} read, to be compared with at the next --verify.`]
  const { compared, changed, gone, added } = comparison
  const others = [
    ...(gone > 0 ? [`${formatCount(gone)} ${gone === 1 ? 'is' : 'are'} gone`] : []),
    ...(added !== null && added > 0 ? [`${formatCount(added)} ${added === 1 ? 'is' : 'are'} new`] : []),
  ]
  const head = `${formatCount(changed)} of ${plural(compared, 'row')} changed since ${since?.slice(0, 19)} UTC`
  const width = Math.max(0, ...overall.map(({ name }) => textWidth(name)))
  const earlier = overall.some((column) => column.changed > changed)
  return [
    `${colors.bold(job)}: ${[head, ...others].join(', ')}.`,
    ...overall.map((column) => {
      const now = comparison.columns.find(({ name }) => name === column.name)
      const sofar = earlier && now !== undefined ? `, of these ${missText(now)} now` : ''
      return `    ${padEnd(column.name, width)}  ${missText(column)}${sofar}`
    }),
    ...adviceOf(overall).map((line) => `    → ${line}`),
  ]
}

/** `missed 0 of 37 (0.0 %)` */
function missText({ changed, missed }: ColumnMisses): string {
  const percent = changed === 0 ? 0 : (100 * missed) / changed
  // A single miss among many thousands is none that rounding may hide.
  const shown = missed > 0 && percent < 0.1 ? 'under 0.1' : percent.toFixed(1)
  return `missed ${formatCount(missed)} of ${formatCount(changed)} (${shown} %)`
}

function adviceOf(overall: readonly ColumnMisses[]): readonly string[] {
  const seen = overall.filter(({ changed }) => changed > 0)
  if (seen.length === 0) return ['Nothing that was sampled has changed: nothing is proven yet.']
  const true_ = seen.filter(({ missed }) => missed === 0)
  const names = (columns: readonly ColumnMisses[]) => columns.map(({ name }) => name).join(', ')
  const missing = seen.filter(({ missed }) => missed > 0)
  if (true_.length === 0)
    return [
      'No column told of every change: land the table without a watermark, or add sweep: { every: 1, compare: rows }.',
    ]
  return [
    `${names(true_)} told of every change${missing.length === 0 ? '.' : `: put ${true_.length === 1 ? 'it' : 'them'} first.`}`,
    ...(missing.length === 0
      ? []
      : [
          `${names(missing)} missed some: a watermark on ${missing.length === 1 ? 'it' : 'them'} alone would lose changes.`,
        ]),
  ]
}
