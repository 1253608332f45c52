import type { Database } from '@strata/core'
import { type JobStatistics, readJobRuns, readJobStatistics } from '@strata/extractor'
import { createColors } from 'picocolors'
import { exitCodes, type Invocation } from './invocation.ts'
import { plural } from './reporters/format.ts'
import type { Table } from './reporters/history-tables.ts'
import {
  jobFailuresTable,
  jobRatesTable,
  jobRunsTable,
  slowestJobsTable,
} from './reporters/job-run-tables.ts'
import { renderHistory } from './reporters/render-history.ts'
import { withoutPlace } from './reporters/without-place.ts'
import { wrapText } from './reporters/wrap-text.ts'

interface JobRunsOptions {
  readonly failures?: boolean
  readonly slowest?: boolean
  readonly rates?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
  readonly last: number
}

interface Report {
  readonly records: readonly object[]
  readonly table: Table
  readonly title: string
  /** Below the table. */
  readonly lines: readonly string[]
  /** In place of an empty table. */
  readonly nothing: string
}

/** The runs of jobs, or what the last seven days say of each job. */
export async function tellJobRuns(
  { terminal }: Invocation,
  options: JobRunsOptions,
  database: Database,
  landingSchema: string,
): Promise<number> {
  const { records, table, title, lines, nothing } = await reportOf(
    database,
    landingSchema,
    options,
    terminal.columns,
  )
  if (options.json) for (const record of records) terminal.out(JSON.stringify(record))
  else if (records.length === 0) terminal.out(nothing)
  else {
    const colors = createColors(terminal.color)
    terminal.out(`${title}\n`)
    terminal.out(renderHistory(table, terminal.columns))
    for (const line of lines)
      for (const [index, part] of wrapText(line, terminal.columns - 4, terminal.columns).entries())
        terminal.out(colors.dim(index === 0 ? part : `    ${part}`))
  }
  return exitCodes.success
}

const mostErrors = 10

async function reportOf(
  database: Database,
  landingSchema: string,
  options: JobRunsOptions,
  width: number,
): Promise<Report> {
  if (!options.failures && !options.slowest && !options.rates) {
    const runs = await readJobRuns(database, landingSchema, options.last)
    const failed = runs.filter(({ error }) => error !== null)
    return {
      records: runs,
      table: jobRunsTable(runs, width),
      title: `The last ${plural(options.last, 'run')} of jobs in ${landingSchema}, times in UTC:`,
      lines: failed.slice(0, mostErrors).map((run) => errorLine(run, run.error)),
      nothing: `No job has run yet in the landing schema ${landingSchema}.`,
    }
  }
  const during = `in the last 7 days in ${landingSchema}`
  const all = await readJobStatistics(database, landingSchema)
  const noRun = `No job has run ${during}.`
  if (options.failures) {
    const records = all.filter(({ failed }) => failed > 0).sort((a, b) => b.failed - a.failed)
    const lines = records.slice(0, mostErrors).map((job) => errorLine(job, job.lastError))
    const nothing = all.length === 0 ? noRun : `No job has failed ${during}.`
    return {
      records,
      table: jobFailuresTable(records),
      title: `Jobs that failed ${during}:`,
      lines,
      nothing,
    }
  }
  if (options.slowest) {
    const records = [...all]
      .sort((a, b) => (b.medianMilliseconds ?? 0) - (a.medianMilliseconds ?? 0))
      .slice(0, 20)
    return {
      records,
      table: slowestJobsTable(records),
      title: `What took longest ${during}:`,
      lines: [],
      nothing: noRun,
    }
  }
  const records = [...all].sort((a, b) => a.successRate - b.successRate)
  return {
    records,
    table: jobRatesTable(records),
    title: `How often each job succeeded ${during}:`,
    lines: [],
    nothing: noRun,
  }
}

/** `Visits north: fails at /visits (500)` */
function errorLine(
  { name, source, instance }: Pick<JobStatistics, 'name' | 'source' | 'instance'>,
  error: string | null,
): string {
  const said =
    source === null || instance === null || error === null ? error : withoutPlace(error, source, instance)
  return `${[name, instance].filter(Boolean).join(' ')}: ${said ?? ''}`
}
