import type { JobStatus } from '@strata/extractor'
import type { Colors } from './colors.ts'
import { describeFacts } from './describe-facts.ts'
import { formatCount, padEnd, plural, shorten, shortenEnd } from './format.ts'
import { formatAge } from './freshness-table.ts'
import { percentage } from './percentage.ts'
import { faultNotes, type NamedTable, summarizeTables, summaryLines } from './table-status.ts'
import { withoutPlace } from './without-place.ts'
import { wrapText } from './wrap-text.ts'

/** A status with the name of its instance, and what is known of a table. */
export interface NamedStatus extends JobStatus {
  readonly instance: string
  /** Not of an endpoint. */
  readonly table?: NamedTable
}

/** From this width on there is room for the watermark. */
const wide = 100
/** Of the jobs of a source that are off, those that have lines of their own. */
const mostOffTold = 5
const columns = ['job', 'instance', 'complete', 'last run', 'captured', 'watermark'] as const

/** A line a job and instance, and below it what is not as it should be; many that are off are counted. Fits 80 columns. */
export function renderStatus(statuses: readonly NamedStatus[], width: number, colors: Colors): string {
  const sources = [...new Set(statuses.map(sourceOf))]
  const shown = width >= wide ? columns : columns.slice(0, -1)
  return sources
    .map((source) => {
      const all = statuses.filter((status) => sourceOf(status) === source)
      const off = jobsOff(all)
      const own = off === null ? all : all.filter(({ state }) => state !== 'declared off')
      const cells = own.map((status) => cellsOf(status))
      const widths = shown.map((name, index) =>
        Math.min(
          index === 0 ? Math.max(20, width - 58) : 18,
          Math.max(name.length, ...cells.map((row) => row[index]!.length)),
        ),
      )
      const line = (row: readonly string[]) =>
        shown
          .map((_, index) => padEnd(shorten(row[index]!, widths[index]!), widths[index]!))
          .join('  ')
          .trimEnd()
      const lines = own.flatMap((status, index) => [
        `${paintedMark(status, colors)} ${line(cells[index]!)}`,
        ...failureLines(status, width).map((line) => colors.dim(`    ${line}`)),
        ...notesOf(status).map((note) => colors.dim(`    ${shortenEnd(note, width - 4)}`)),
      ])
      const summary = summarizeTables(own).flatMap(summaryLines)
      return [
        colors.bold(source),
        ...(own.length === 0 ? [] : [`  ${line(columns)}`]),
        ...lines,
        ...[...(off ?? [])].map(
          ([reason, jobs]) =>
            `${colors.yellow('-')} ${shortenEnd(`${plural(jobs.size, 'job')} off: ${reason}`, width - 2)}`,
        ),
        ...summary.map(([name, text]) => `  ${name.padEnd(9)}  ${shortenEnd(text, width - 13)}`),
      ].join('\n')
    })
    .join('\n\n')
}

/** The last line: how many are as they should be, and what to do about the others. */
export function summarizeStatus(statuses: readonly NamedStatus[], commandName: string): string {
  const on = statuses.filter(({ state }) => state === 'on')
  const off = new Set(statuses.flatMap(({ state, job }) => (state === 'on' ? [] : [job])))
  const well = on.filter((status) => markOf(status) === '✓').length
  const letters = on.reduce((sum, status) => sum + openLetters(status), 0)
  return [
    `${well} of ${plural(on.length, 'job')} as they should be`,
    ...(off.size > 0 ? [`${off.size} off`] : []),
    ...(letters > 0 ? [`${plural(letters, 'dead letter')} open (\`${commandName} source replay\`)`] : []),
  ].join(', ')
}

export function sourceOf({ job }: Pick<NamedStatus, 'job'>): string {
  return job.slice(0, job.indexOf('.'))
}

/** The jobs that are declared off, by reason; null: they are few. */
function jobsOff(statuses: readonly NamedStatus[]): ReadonlyMap<string, ReadonlySet<string>> | null {
  const reasons = new Map<string, Set<string>>()
  for (const status of statuses) {
    if (status.state !== 'declared off') continue
    const reason = reasonOf(status)
    reasons.set(reason, (reasons.get(reason) ?? new Set()).add(status.job))
  }
  const all = [...reasons.values()].reduce((sum, { size }) => sum + size, 0)
  return all > mostOffTold ? reasons : null
}

function reasonOf({ reason }: NamedStatus): string {
  return reason ?? 'active: false'
}

/** Whole: it is what has to be seen to. */
function failureLines(status: NamedStatus, width: number): readonly string[] {
  const { state, lastRun } = status
  if (state !== 'on' || lastRun === null || lastRun.status === 'success' || lastRun.error === null) return []
  return wrapText(withoutPlace(lastRun.error, sourceOf(status), status.instance), width - 4)
}

function cellsOf(status: NamedStatus): readonly string[] {
  const { job, instance, completeAt, ageSeconds, lastRun, captured, watermark } = status
  return [
    job.slice(job.indexOf('.') + 1),
    instance,
    completeAt === null ? 'never' : `${formatAge(ageSeconds)} ago`,
    lastRun?.status ?? '',
    captured === null ? '' : percentage(captured.rate),
    watermark === null ? '' : watermark.least.slice(0, 16).replace('T', ' '),
  ]
}

type Mark = '✓' | '!' | '✗' | '-'

function markOf(status: NamedStatus): Mark {
  if (status.state !== 'on') return '-'
  if (status.lastRun?.status === 'failed' || status.completeAt === null) return '✗'
  const troubled =
    status.lastRun?.status === 'unsupported' ||
    openLetters(status) > 0 ||
    status.slices.failed > 0 ||
    (status.captured?.rate ?? 1) < 1 ||
    (status.sweep?.missed ?? 0) > 0 ||
    status.refused !== null ||
    (status.table !== undefined && faultNotes(status.table.week).length > 0)
  return troubled ? '!' : '✓'
}

function paintedMark(status: NamedStatus, colors: Colors): string {
  const mark = markOf(status)
  if (mark === '✓') return colors.green(mark)
  return mark === '✗' ? colors.red(mark) : colors.yellow(mark)
}

function notesOf(status: NamedStatus): readonly string[] {
  const { state, deadLetters, rejectedCursors, sweep, refused, pass, facts } = status
  if (state === 'declared off') return [`off: ${reasonOf(status)}`]
  if (state === 'switched off') return ['switched off in dw_etl_jobs']
  const letters = deadLetters
    .map((one) => (deadLetters.length === 1 ? one.reason : `${formatCount(one.letters)} ${one.reason}`))
    .join(', ')
  const noFacts = describeFacts(facts).join(', ')
  const faults = status.table === undefined ? '' : faultNotes(status.table.week).join(', ')
  return [
    ...slicesNote(status),
    ...(pass === null
      ? []
      : [
          `a pass is at ${formatCount(pass.position)} of ${plural(pass.slices, 'slice')}; the next run goes on`,
        ]),
    ...(letters === '' ? [] : [`${plural(openLetters(status), 'dead letter')}: ${letters}`]),
    ...(rejectedCursors > 0 ? [`${plural(rejectedCursors, 'record')} with an impossible change time`] : []),
    ...(sweep !== null && sweep.missed + sweep.deleted > 0
      ? [
          `the last ${status.table === undefined ? 'walk over' : 'load that compared'} everything found ${formatCount(sweep.missed)} missed, ${formatCount(sweep.deleted)} gone`,
        ]
      : []),
    ...(refused === null
      ? []
      : [`${plural(refused, 'record')} gone, more than max_deleted_share allows: nothing marked`]),
    ...(faults === '' ? [] : [`in seven days ${faults}`]),
    ...(noFacts === '' ? [] : [noFacts]),
  ]
}

function slicesNote({ slices }: NamedStatus): readonly string[] {
  const { complete, walking, failed, gone, unsupported } = slices
  const all = complete + walking + failed + gone + unsupported
  if (all < 2 || complete === all) return []
  const others = Object.entries({ failed, gone, unsupported, unfinished: walking })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `, ${formatCount(count)} ${name}`)
  return [`${formatCount(complete)} of ${plural(all, 'slice')} complete${others.join('')}`]
}

function openLetters({ deadLetters }: NamedStatus): number {
  return deadLetters.reduce((sum, { letters }) => sum + letters, 0)
}
