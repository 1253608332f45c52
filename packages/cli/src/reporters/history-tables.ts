import type { StepStatus } from '@strata/core'
import type { NodeStatistics, RecordedStep, RunSummary } from '@strata/runner'
import { describeRows, formatDuration, kindLabel } from './format.ts'
import { withoutHints } from './message-parts.ts'
import { stepMarks } from './step-line.ts'

/** What `renderHistory` prints. */
export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly { readonly [column: string]: string }[]
  /** Columns that may be cut. */
  readonly flexible: readonly string[]
  /** A column that stands below its row where there is no room for it, of the rows of which it has to be read. */
  readonly note?: {
    readonly column: string
    readonly isWhole: (row: { readonly [column: string]: string }) => boolean
  }
}

/** From this width on there is room for words and years. */
const wide = 100

export function runsTable(runs: readonly RunSummary[], width: number): Table {
  return table(
    ['run', 'started', 'command', 'status', 'steps', 'took'],
    ['steps'],
    runs.map((run) => ({
      run: run.runId.slice(0, 8),
      started: moment(run.startedAt, width),
      // The command of the run that it takes up is what the steps know.
      command: 'retry_of' in run.arguments ? 'retry' : run.command,
      status: run.status,
      steps: describeCounts(run, width),
      took: run.milliseconds === null ? '' : tookOf(run.status, run.milliseconds),
    })),
  )
}

export function stepsTable(steps: readonly RecordedStep[]): Table {
  const rows = steps.map((step) => ({
    kind: kindLabel(step.kind),
    name: step.name,
    status: step.status,
    rows: describeRows(step.counts),
    took: step.startedAt === null || step.status === 'running' ? '' : formatDuration(step.milliseconds),
    message: withoutHints(
      step.errorCode === null ? step.message : `${step.errorCode}: ${step.errorMessage ?? ''}`,
    ).replace(/\s+/g, ' '),
  }))
  return {
    ...table(['kind', 'name', 'status', 'rows', 'took', 'message'], ['name'], rows),
    note: { column: 'message', isWhole: ({ status }) => status !== 'success' },
  }
}

export function failuresTable(nodes: readonly NodeStatistics[], width: number): Table {
  return table(
    ['kind', 'name', 'failed', 'last failed', 'with'],
    ['name'],
    nodes.map((node) => ({
      kind: kindLabel(node.kind),
      name: node.name,
      failed: `${node.failed} of ${node.runs}`,
      'last failed': node.lastFailedAt === null ? '' : moment(node.lastFailedAt, width),
      with: node.lastErrorCode ?? 'interrupted',
    })),
  )
}

export function slowestTable(nodes: readonly NodeStatistics[]): Table {
  return table(
    ['kind', 'name', 'median', 'slowest', 'in all', 'runs'],
    ['name'],
    nodes.map((node) => ({
      kind: kindLabel(node.kind),
      name: node.name,
      median: formatDuration(node.medianMilliseconds),
      slowest: formatDuration(node.slowestMilliseconds),
      'in all': formatDuration(node.totalMilliseconds),
      runs: String(node.runs),
    })),
  )
}

export function ratesTable(nodes: readonly NodeStatistics[]): Table {
  return table(
    ['kind', 'name', 'succeeds', 'runs'],
    ['name'],
    nodes.map((node) => ({
      kind: kindLabel(node.kind),
      name: node.name,
      succeeds: percentage(node.successRate),
      runs: String(node.runs),
    })),
  )
}

function table<Column extends string>(
  columns: readonly Column[],
  flexible: readonly Column[],
  rows: readonly { readonly [column in Column]: string }[],
): Table {
  return { columns, flexible, rows }
}

/** A run that was killed lasted at least until its last sign of life. */
function tookOf(status: RunSummary['status'], milliseconds: number): string {
  return `${status === 'crashed' ? '≥' : ''}${formatDuration(milliseconds)}`
}

/** Rounded, but 99.9 % is not 100 %, nor is 0.1 % nothing. */
function percentage(rate: number): string {
  const rounded = Math.round(rate * 100)
  if (rate > 0 && rounded === 0) return '1 %'
  return rate < 1 && rounded === 100 ? '99 %' : `${rounded} %`
}

/** `2 of 4, 1 failed, 1 skipped`, or where there is little room `2 of 4 ✗1 -1`. */
function describeCounts({ counts, steps }: RunSummary, width: number): string {
  const others = Object.entries(counts).filter(([status]) => status !== 'success')
  const done = `${counts.success ?? 0} of ${steps}`
  if (width >= wide || others.length === 0)
    return [done, ...others.map(([status, count]) => `${count} ${status}`)].join(', ')
  const rest = others.map(([status, count]) => {
    const mark = stepMarks[status as StepStatus]
    return mark === undefined ? `, ${count} ${status}` : ` ${mark}${count}`
  })
  return [done, ...rest].join('')
}

/** UTC, to the minute; in little room without the year. */
export function moment(iso: string, width = wide): string {
  return iso.slice(width >= wide ? 0 : 5, 16).replace('T', ' ')
}
