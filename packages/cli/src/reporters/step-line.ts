import type { StepResult, StepStatus } from '@strata/core'
import type { Colors } from './colors.ts'
import { describeCounts, formatDuration, kindLabel, padEnd, shorten } from './format.ts'

const marks: { readonly [status in StepStatus]: string } = {
  success: '✓',
  warned: '!',
  failed: '✗',
  skipped: '-',
  cancelled: '-',
}

/** One line for a finished step: mark, kind, name, what it did, time. */
export function stepLine(result: StepResult, nameWidth: number, colors: Colors): string {
  const time = result.startedAt === null ? '' : formatDuration(result.milliseconds)
  const head = `${paint(result.status, colors)(marks[result.status])} ${padEnd(kindLabel(result.kind), 5)} `
  const name = padEnd(shorten(result.name, nameWidth), nameWidth)
  return `${head} ${name}  ${colors.dim(time.padStart(7))}  ${whatHappened(result)}`.trimEnd()
}

function whatHappened(result: StepResult): string {
  if (result.status === 'failed' && result.kind !== 'data_test') return result.failure?.code ?? result.message
  const counts = describeCounts(result.counts)
  if (result.message === '') return counts
  return counts === '' ? result.message : `${counts} (${result.message})`
}

export function paint(status: StepStatus, colors: Colors): (text: string) => string {
  if (status === 'success') return colors.green
  if (status === 'failed') return colors.red
  return colors.yellow
}
