import type { JobNode } from '@strata/core'
import { placeOf } from '@strata/extractor'
import type { JobDetails } from '../commands/source-status.ts'
import type { Colors } from './colors.ts'
import { formatCount, plural, shortenEnd } from './format.ts'
import { type NamedStatus, sourceOf } from './render-status.ts'
import { columnLines, weekLines } from './table-status.ts'
import { withoutPlace } from './without-place.ts'
import { wrapText } from './wrap-text.ts'

/** All that is known of one job and instance: a line each, then the change columns of a table, then the slices that do not land. No values but their parameters. */
export function renderJobDetails(
  { job }: JobNode,
  status: NamedStatus,
  { records, failing }: JobDetails,
  width: number,
  colors: Colors,
): string {
  const { lastRun, watermark, sweep, captured, table } = status
  const changeColumns = table?.columns ?? []
  const facts: readonly (readonly [string, string])[] = [
    ['reads', placeOf(job)],
    [
      'lands in',
      `${job.target.schema}.${job.target.name}${records === null ? ', which is not there yet' : ''}`,
    ],
    ...(records === null ? [] : ([['records', recordsNote(records)]] as const)),
    ['last run', lastRun === null ? 'none' : lastRunNote(lastRun)],
    ...(captured === null
      ? []
      : ([
          ['captured', `${formatCount(captured.landed)} of ${plural(captured.counted, 'record')}`],
        ] as const)),
    ...(watermark === null || changeColumns.length > 0
      ? []
      : ([['watermark', watermarkNote(watermark)]] as const)),
    ...(sweep === null ? [] : ([[table === undefined ? 'all walked' : 'swept', minute(sweep.at)]] as const)),
    ...(table === undefined ? [] : weekLines(table.week).filter(([name]) => name !== 'captured')),
  ]
  const slices = failing.flatMap(({ slice, status: how, failure, attemptedAt }) => [
    shortenEnd(`  ${parameters(slice)}  ${how} ${minute(attemptedAt)}`, width),
    ...(failure === null
      ? []
      : failureLines(
          withoutPlace(failure, sourceOf(status), status.instance),
          table === undefined,
          width,
        ).map((line) => colors.dim(line))),
  ])
  return [
    colors.bold(`${status.job}, instance ${status.instance}`),
    ...facts.map(([name, text]) => `  ${name.padEnd(10)}  ${shortenEnd(text, width - 14)}`),
    ...(changeColumns.length === 0
      ? []
      : ['Change columns, most reliable first:', ...columnLines(changeColumns)]),
    ...(slices.length === 0
      ? []
      : [
          `${table === undefined ? 'Slices that do not land' : 'Why it does not land'}${shownOf(status, failing.length)}:`,
          ...slices,
        ]),
  ].join('\n')
}

/** A table has one failure, which is told whole; of slices there may be many. */
function failureLines(failure: string, isOneOfMany: boolean, width: number): readonly string[] {
  return isOneOfMany
    ? [shortenEnd(`    ${failure}`, width)]
    : wrapText(failure, width - 4).map((line) => `    ${line}`)
}

function shownOf({ slices }: NamedStatus, shown: number): string {
  const all = slices.failed + slices.gone + slices.unsupported
  return all > shown ? `, the last ${shown} of ${formatCount(all)}` : ''
}

function recordsNote({ live, deleted, withoutCursor }: NonNullable<JobDetails['records']>): string {
  return [
    formatCount(live),
    ...(deleted > 0 ? [`${formatCount(deleted)} gone from the source`] : []),
    ...(withoutCursor !== null && withoutCursor.missing > 0
      ? [`${formatCount(withoutCursor.missing)} without a change time`]
      : []),
    ...(withoutCursor !== null && withoutCursor.rejected > 0
      ? [`${formatCount(withoutCursor.rejected)} with an impossible change time`]
      : []),
  ].join(', ')
}

function lastRunNote({ runId, status, startedAt, loaded }: NonNullable<NamedStatus['lastRun']>): string {
  return `${runId} of ${minute(startedAt)}: ${status}, ${plural(loaded, 'record')}`
}

function watermarkNote({ least, greatest }: NonNullable<NamedStatus['watermark']>): string {
  return least === greatest ? least : `${least} … ${greatest}`
}

function parameters(slice: { readonly [parameter: string]: string }): string {
  return Object.entries(slice)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

function minute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ')
}
