import type { JobNode } from '@strata/core'
import {
  closeStuckRuns,
  countLandedRecords,
  describeEtlViews,
  type FailingSlice,
  type LandedRecords,
  readFailingSlices,
  readJobStatus,
  readTableStatus,
} from '@strata/extractor'
import { createColors } from 'picocolors'
import { connectDatabase, type DatabaseConnection } from '../database-connection.ts'
import { upgradeUsedState } from '../execute-plan.ts'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { describeStuck } from '../reporters/describe-stuck.ts'
import { renderJobDetails } from '../reporters/render-job-details.ts'
import { type NamedStatus, renderStatus, summarizeStatus } from '../reporters/render-status.ts'
import { summarizeTables } from '../reporters/table-status.ts'
import { wrapText } from '../reporters/wrap-text.ts'
import { instancesOfJobs, jobsOf, selectJobs } from '../selected-jobs.ts'
import { openWorkspace } from '../workspace.ts'

/** What is told of a single job besides its status. */
export interface JobDetails {
  /** Null: the bronze table is not there. */
  readonly records: LandedRecords | null
  readonly failing: readonly FailingSlice[]
}

const mostSlices = 20

/** `models source status`: how the jobs of the selection stand. Lands nothing; closes runs whose process has gone. */
export async function sourceStatusCommand(
  invocation: Invocation,
  options: SelectionOptions,
  ...names: readonly string[]
): Promise<number> {
  const workspace = await openWorkspace(invocation, options, {
    command: 'source status',
    keepsWarnings: true,
  })
  if (workspace === null) return exitCodes.failed
  const jobs = await selectJobs(invocation, workspace, options, names)
  const { landingSchema } = workspace.target
  const connection = await connectDatabase(workspace)
  try {
    const { database } = connection
    await upgradeUsedState(database)
    const known = instancesOfJobs(jobsOf(workspace.compilation.graph.nodes))
    const stuck = describeStuck(await closeStuckRuns(database, landingSchema, known))
    if (!options.quiet) for (const line of stuck) invocation.terminal.err(line)
    const statuses = await namedStatuses(connection, landingSchema, jobs)
    if (!options.quiet && jobs.some(({ job }) => job.kind === 'table' && job.active))
      for (const line of await describeEtlViews(database, landingSchema)) invocation.terminal.err(line)
    const [only] = jobs
    const details =
      jobs.length === 1 && only !== undefined ? await detailsOf(connection, landingSchema, only) : null
    tell(invocation, options, jobs, statuses, details)
    return exitCodes.success
  } finally {
    await connection.close()
  }
}

async function namedStatuses(
  { database }: DatabaseConnection,
  landingSchema: string,
  jobs: readonly JobNode[],
): Promise<readonly NamedStatus[]> {
  const names = new Map(
    jobs.flatMap(({ connector }) => connector.instances).map(({ id, name }) => [id, name]),
  )
  const wanted = instancesOfJobs(jobs)
  const statuses = await readJobStatus(database, landingSchema, wanted)
  const tables = new Map(
    (await readTableStatus(database, landingSchema, wanted)).map(({ job, instanceId, columns, week }) => [
      `${job} ${instanceId}`,
      { columns, week },
    ]),
  )
  return statuses.map((status) => {
    const table = tables.get(`${status.job} ${status.instanceId}`)
    const instance = names.get(status.instanceId) ?? ''
    return table === undefined ? { ...status, instance } : { ...status, instance, table }
  })
}

function detailsOf(
  { database }: DatabaseConnection,
  landingSchema: string,
  job: JobNode,
): Promise<readonly JobDetails[]> {
  return Promise.all(
    instancesOfJobs([job]).map(async (one) => ({
      records: await countLandedRecords(database, one),
      failing: await readFailingSlices(database, landingSchema, one, mostSlices),
    })),
  )
}

function tell(
  { terminal, commandName }: Invocation,
  { json, quiet }: SelectionOptions,
  jobs: readonly JobNode[],
  statuses: readonly NamedStatus[],
  details: readonly JobDetails[] | null,
): void {
  if (json) {
    for (const [index, status] of statuses.entries())
      terminal.out(JSON.stringify({ ...status, ...details?.[index] }))
    for (const summary of summarizeTables(statuses)) terminal.out(JSON.stringify(summary))
    return
  }
  if (statuses.length === 0) {
    if (!quiet) terminal.out('No job is among what is selected.')
    return
  }
  const colors = createColors(terminal.color)
  terminal.out(renderStatus(statuses, terminal.columns, colors))
  if (details !== null)
    for (const [index, one] of details.entries())
      terminal.out(`\n${renderJobDetails(jobs[0]!, statuses[index]!, one, terminal.columns, colors)}`)
  if (!quiet)
    terminal.out(
      `\n${lastLine(statuses, details, commandName, terminal.outIsTerminal ? terminal.columns : null)}`,
    )
}

function lastLine(
  statuses: readonly NamedStatus[],
  details: readonly JobDetails[] | null,
  commandName: string,
  width: number | null,
): string {
  const tellsColumns = details?.some((_one, index) => (statuses[index]!.table?.columns ?? []).length > 0)
  const times = `Times are UTC${tellsColumns ? '; change columns: as in the source' : ''}.`
  return wrapText(`${summarizeStatus(statuses, commandName)}. ${times}`, width).join('\n')
}
