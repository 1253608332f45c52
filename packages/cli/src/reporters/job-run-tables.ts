import type { JobRunSummary, JobStatistics } from '@strata/extractor'
import { describeChanges, formatCount, formatDuration } from './format.ts'
import { moment, type Table } from './history-tables.ts'
import { percentage } from './percentage.ts'

/** From this width on there is room for all columns. */
const wide = 110

const names = ['job', 'instance']

/** A row a run: in a narrow terminal without its id, its changes and its rate. */
export function jobRunsTable(runs: readonly JobRunSummary[], width: number): Table {
  const columns = [
    'run',
    'started',
    'job',
    'instance',
    'kind',
    'status',
    'records',
    'changes',
    'rate',
    'took',
  ]
  const narrow = ['started', 'job', 'instance', 'kind', 'status', 'records', 'took']
  return {
    columns: width >= wide ? columns : narrow,
    flexible: names,
    rows: runs.map((run) => ({
      run: String(run.runId),
      started: run.startedAt === null ? '' : moment(run.startedAt, width),
      job: run.name,
      instance: run.instance ?? '',
      kind: kindOf(run),
      status: run.status,
      records: formatCount(run.loaded),
      changes: describeChanges(run.counts, 'marks'),
      rate: rateOf(run),
      took: run.milliseconds === null ? '' : formatDuration(run.milliseconds),
    })),
  }
}

export function jobFailuresTable(jobs: readonly JobStatistics[]): Table {
  return {
    columns: ['job', 'instance', 'failed', 'last failed'],
    flexible: names,
    rows: jobs.map((job) => ({
      ...named(job),
      failed: `${job.failed} of ${job.runs}`,
      'last failed': job.lastFailedAt === null ? '' : moment(job.lastFailedAt),
    })),
  }
}

export function slowestJobsTable(jobs: readonly JobStatistics[]): Table {
  return {
    columns: ['job', 'instance', 'median', 'slowest', 'in all', 'runs'],
    flexible: names,
    rows: jobs.map((job) => ({
      ...named(job),
      median: duration(job.medianMilliseconds),
      slowest: duration(job.slowestMilliseconds),
      'in all': formatDuration(job.totalMilliseconds),
      runs: String(job.runs),
    })),
  }
}

export function jobRatesTable(jobs: readonly JobStatistics[]): Table {
  return {
    columns: ['job', 'instance', 'succeeds', 'runs', 'records'],
    flexible: names,
    rows: jobs.map((job) => ({
      ...named(job),
      succeeds: percentage(job.successRate),
      runs: String(job.runs),
      records: formatCount(job.loaded),
    })),
  }
}

function named({ name, instance }: JobStatistics) {
  return { job: name, instance: instance ?? '' }
}

function kindOf({ kind, first }: JobRunSummary): string {
  return kind === 'full' && first ? 'first load' : (kind ?? '')
}

/** Records received a second; those of a short run say nothing. */
function rateOf({ counts, milliseconds }: JobRunSummary): string {
  const { fetched } = counts
  return fetched === undefined || milliseconds === null || milliseconds < 1000
    ? ''
    : `${formatCount(Math.round((fetched * 1000) / milliseconds))}/s`
}

function duration(milliseconds: number | null): string {
  return milliseconds === null ? '' : formatDuration(milliseconds)
}
