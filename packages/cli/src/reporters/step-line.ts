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
import { textWidth } from './text-width.ts'

const marks: { readonly [status in StepStatus]: string } = {
  success: '✓',
  warned: '!',
  failed: '✗',
  skipped: '-',
  cancelled: '-',
}

/** Widths of the columns of a run's lines. */
export interface StepColumns {
  readonly name: number
  /** Columns of the terminal; a line is cut there. Null: nothing is cut, for a pipe has no width. */
  readonly total: number | null
}

/** One line for a finished step: mark, kind, name, rows, time, what became of the rows and why. */
export function stepLine(result: StepResult, columns: StepColumns, colors: Colors): string {
  const time = result.startedAt === null ? '' : formatDuration(result.milliseconds)
  const label = `${padEnd(kindLabel(result.kind), 5)} ${padEnd(shorten(result.name, columns.name), columns.name)}`
  const rows = describeRows(result.counts).padStart(13)
  const detail = whatHappened(result, columns.total === null ? 'words' : 'marks')
  const used = textWidth(`✓ ${label} ${rows} ${time.padStart(6)}  `)
  const room = columns.total === null ? detail.length : Math.max(1, columns.total - used)
  const mark = paint(result.status, colors)(marks[result.status])
  return `${mark} ${label} ${rows} ${colors.dim(time.padStart(6))}  ${shortenEnd(detail, room)}`.trimEnd()
}

function whatHappened(result: StepResult, form: 'words' | 'marks'): string {
  if (result.status === 'failed' && result.failure !== null) {
    return result.kind === 'job' && result.counts.fetched !== undefined
      ? 'landed only in part'
      : result.failure.code
  }
  const changes =
    result.action === 'build' || result.action === 'rebuild' ? '' : describeChanges(result.counts, form)
  const stale = result.staleBecause.length > 0 ? 'stale: a job before it landed only in part' : ''
  return [changes, result.message, stale].filter((text) => text !== '').join('; ')
}

export function paint(status: StepStatus, colors: Colors): (text: string) => string {
  if (status === 'success') return colors.green
  if (status === 'failed') return colors.red
  return colors.yellow
}
