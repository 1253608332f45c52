import type { NodeStatistics, RecordedStep, RunSummary } from '@strata/runner'
import { describeRows, formatDuration, kindLabel } from './format.ts'

/** What `renderRows` prints. */
export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly { readonly [column: string]: string }[]
}

export function runsTable(runs: readonly RunSummary[]): Table {
  return table(
    ['run', 'started', 'command', 'status', 'steps', 'took'],
    runs.map((run) => ({
      run: run.runId.slice(0, 8),
      started: moment(run.startedAt),
      // The command of the run that it takes up is what the steps know.
      command: 'retry_of' in run.arguments ? 'retry' : run.command,
      status: run.status,
      steps: describeCounts(run),
      took: run.milliseconds === null ? '' : tookOf(run.status, run.milliseconds),
    })),
  )
}

export function stepsTable(steps: readonly RecordedStep[]): Table {
  return table(
    ['kind', 'name', 'status', 'rows', 'took', 'message'],
    steps.map((step) => ({
      kind: kindLabel(step.kind),
      name: step.name,
      status: step.status,
      rows: describeRows(step.counts),
      took: step.startedAt === null || step.status === 'running' ? '' : formatDuration(step.milliseconds),
      message: step.errorCode === null ? step.message : `${step.errorCode}: ${step.errorMessage ?? ''}`,
    })),
  )
}

export function failuresTable(nodes: readonly NodeStatistics[]): Table {
  return table(
    ['kind', 'name', 'failed', 'last failed', 'with'],
    nodes.map((node) => ({
      kind: kindLabel(node.kind),
      name: node.name,
      failed: `${node.failed} of ${node.runs}`,
      'last failed': node.lastFailedAt === null ? '' : moment(node.lastFailedAt),
      with: node.lastErrorCode ?? 'interrupted',
    })),
  )
}

export function slowestTable(nodes: readonly NodeStatistics[]): Table {
  return table(
    ['kind', 'name', 'median', 'slowest', 'in all', 'runs'],
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
  rows: readonly { readonly [column in Column]: string }[],
): Table {
  return { columns, rows }
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

function describeCounts({ counts, steps }: RunSummary): string {
  const others = Object.entries(counts).filter(([status]) => status !== 'success')
  return [
    `${counts.success ?? 0} of ${steps}`,
    ...others.map(([status, count]) => `${count} ${status}`),
  ].join(', ')
}

/** UTC, to the minute. */
function moment(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ')
}
