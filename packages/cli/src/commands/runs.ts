import { ConfigurationError, type Database, type Target } from '@strata/core'
import { type RunSummary, readNodeStatistics, readRecordedSteps, readRun, readRuns } from '@strata/runner'
import { withConnectedTarget } from '../connect-target.ts'
import { type CommonOptions, exitCodes, type Invocation } from '../invocation.ts'
import { plural } from '../reporters/format.ts'
import {
  failuresTable,
  ratesTable,
  runsTable,
  slowestTable,
  stepsTable,
  type Table,
} from '../reporters/history-tables.ts'
import { renderHistory } from '../reporters/render-history.ts'

export interface RunsOptions extends CommonOptions {
  readonly failures?: boolean
  readonly slowest?: boolean
  readonly rates?: boolean
  /** Runs of jobs, instead of runs of commands. */
  readonly jobs?: boolean
  readonly last: number
}

/** What is printed: records for machines, a table for people. */
interface Report {
  readonly records: readonly object[]
  readonly table: Table
  /** What the table is about; null: what was asked for. */
  readonly title: string | null
  readonly empty: string
}

/** `models runs`: what the target's last runs did, one run's steps, or what they say of each node. */
export async function runsCommand(
  invocation: Invocation,
  options: RunsOptions,
  id?: string,
): Promise<number> {
  const { terminal } = invocation
  return withConnectedTarget(invocation, options, async ({ connection: { database }, target }) => {
    if (options.jobs) {
      const { tellJobRuns } = await import('../tell-job-runs.ts')
      return tellJobRuns(invocation, options, database, target.landingSchema)
    }
    const report = await reportOf(database, target, options, id, terminal.columns)
    if (options.json) for (const record of report.records) terminal.out(JSON.stringify(record))
    else if (report.records.length === 0) terminal.out(report.empty)
    else {
      if (report.title !== null) terminal.out(`${report.title}\n`)
      terminal.out(renderHistory(report.table, terminal.columns))
    }
    return exitCodes.success
  })
}

async function reportOf(
  database: Database,
  target: Target,
  options: RunsOptions,
  id: string | undefined,
  width: number,
): Promise<Report> {
  if (id !== undefined) {
    const steps = await readRecordedSteps(database, (await oneRun(database, target, id)).runId)
    return { records: steps, table: stepsTable(steps), title: null, empty: 'That run had no steps.' }
  }
  const empty = `There has been no run on the target ${target.name} yet.`
  if (!options.failures && !options.slowest && !options.rates) {
    const runs = await readRuns(database, target, options.last)
    const title = `The last ${plural(options.last, 'run')} of the target ${target.name}, times in UTC:`
    return { records: runs, table: runsTable(runs, width), title, empty }
  }
  const during = `in the last ${plural(options.last, 'run')} of the target ${target.name}:`
  const statistics = await readNodeStatistics(database, target, options.last)
  if (options.failures) {
    const failing = statistics.filter(({ failed }) => failed > 0).sort((a, b) => b.failed - a.failed)
    return {
      records: failing,
      table: failuresTable(failing, width),
      title: `What failed ${during}`,
      empty: `Nothing failed in the last ${options.last} runs.`,
    }
  }
  if (options.slowest) {
    const slowest = [...statistics].sort((a, b) => b.medianMilliseconds - a.medianMilliseconds).slice(0, 20)
    const title = `What took longest ${during}`
    return { records: slowest, table: slowestTable(slowest), title, empty }
  }
  const rates = [...statistics].sort((a, b) => a.successRate - b.successRate)
  return { records: rates, table: ratesTable(rates), title: `How often each node succeeded ${during}`, empty }
}

async function oneRun(database: Database, target: Target, id: string): Promise<RunSummary> {
  const found = await readRun(database, target, id)
  const [run] = found
  if (run !== undefined && (found.length === 1 || run.runId === id)) return run
  throw new ConfigurationError({
    code: 'UNKNOWN_RUN',
    message:
      run === undefined
        ? `there is no run whose id begins with "${id}" on the target ${target.name}`
        : `${found.length} runs have an id that begins with "${id}"`,
    hint: '`models runs` shows the last ones; some more letters of the id make it clear.',
  })
}
