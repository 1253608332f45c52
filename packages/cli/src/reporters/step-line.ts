import type { StepResult, StepStatus } from '@strata/core'
import type { Colors } from './colors.ts'
import {
  describeChanges,
  describeRows,
  formatDuration,
  kindLabel,
  padEnd,
  shorten,
  shortenEnd,
} from './format.ts'
import { withoutHints } from './message-parts.ts'
import { nameAndRows } from './name-and-rows.ts'
import { textWidth } from './text-width.ts'
import { wrapText } from './wrap-text.ts'

/** How a step ended, in one character. */
export const stepMarks: { readonly [status in StepStatus]: string } = {
  success: '✓',
  warned: '!',
  failed: '✗',
  skipped: '-',
  cancelled: '-',
}

/** Whether it is a job that was not to be landed: it is off, or its source is not configured. */
export function isLeftOut({ kind, status, action }: StepResult): boolean {
  return kind === 'job' && status === 'success' && action === 'skip'
}

const leastName = 20

/** Where the name of the step begins. */
const indent = ' '.repeat(8)

/** Widths of the columns of a run's lines. */
export interface StepColumns {
  readonly name: number
  /** Columns of the terminal; a line is cut there. Null: nothing is cut, for a pipe has no width. */
  readonly total: number | null
}

/**
 * One line for a finished step: mark, kind, name, rows, time, what became of the rows and why. What says why a step failed or
 * wrote its table anew goes on below instead of being cut.
 */
export function stepLine(result: StepResult, columns: StepColumns, colors: Colors): string {
  const time = (result.startedAt === null ? '' : formatDuration(result.milliseconds)).padStart(6)
  const rows = describeRows(result.counts)
  const detail = whatHappened(result, columns.total === null ? 'words' : 'marks')
  const kind = padEnd(kindLabel(result.kind), 5)
  const status = isLeftOut(result) ? 'skipped' : result.status
  const mark = paint(status, colors)(stepMarks[status])
  const widthWith = (field: string) => textWidth(`✓ ${kind} ${field} ${time}  `)
  const line = (field: string, text: string) =>
    `${mark} ${kind} ${field} ${colors.dim(time)}  ${text}`.trimEnd()
  if (columns.total === null) return line(nameAndRows(result.name, rows, columns.name, 0), detail)
  const least = widthWith(nameAndRows('', rows, columns.name, 0))
  const spare = Math.max(0, columns.total - least - textWidth(detail))
  const field =
    result.status === 'skipped' && spare === 0
      ? shortName(result.name, columns.total - widthWith('') - textWidth(detail))
      : nameAndRows(result.name, rows, columns.name, spare)
  const room = Math.max(1, columns.total - widthWith(field))
  if (!isWorthTwoLines(result)) return line(field, shortenEnd(detail, room))
  const others = columns.total - textWidth(indent)
  const [first, ...rest] = wrapText(detail, others, room)
  return [line(field, first), ...rest.map((text) => indent + shortenEnd(text, others))].join('\n')
}

/** The name of a step without rows: what it waited for is worth more than the middle of a name. */
function shortName(name: string, room: number): string {
  const width = Math.max(leastName, room)
  return padEnd(shorten(name, width), width)
}

function isWorthTwoLines({ status, action }: StepResult): boolean {
  return status === 'failed' || (status === 'success' && (action === 'alter' || action === 'rebuild'))
}

function whatHappened(result: StepResult, form: 'words' | 'marks'): string {
  if (result.status === 'failed' && result.failure !== null) {
    return result.kind === 'job' && (result.counts.fetched ?? 0) > 0
      ? 'landed only in part'
      : result.failure.code
  }
  const changes =
    result.action === 'build' || result.action === 'rebuild' ? '' : describeChanges(result.counts, form)
  const stale = result.staleBecause.length > 0 ? 'stale: a job before it landed only in part' : ''
  return [changes, withoutHints(result.message), stale].filter((text) => text !== '').join('; ')
}

export function paint(status: StepStatus, colors: Colors): (text: string) => string {
  if (status === 'success') return colors.green
  if (status === 'failed') return colors.red
  return colors.yellow
}
