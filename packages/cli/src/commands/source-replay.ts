import { buildPlan } from '@strata/compiler'
import { type ApiConnector, ConfigurationError, type Instance, isApi, type JobNode } from '@strata/core'
import {
  dismissLetters,
  foreseeReplay,
  type LetterFilter,
  type OpenLetters,
  type ReplayOutcome,
  readOpenLetters,
  replayLetters,
} from '@strata/extractor'
import { connectDatabase, type DatabaseConnection } from '../database-connection.ts'
import { upgradeUsedState } from '../execute-plan.ts'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { type JobSources, openJobSources, refuseUnknownSimulations } from '../job-sources.ts'
import { formatCount, plural } from '../reporters/format.ts'
import { replayLines } from '../reporters/replay-lines.ts'
import { wrapText } from '../reporters/wrap-text.ts'
import { jobsOf, selectJobs } from '../selected-jobs.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'

interface ReplayCommandOptions extends SelectionOptions {
  readonly reason?: string
  readonly id?: readonly string[]
  readonly dismiss?: boolean
  readonly dryRun?: boolean
  readonly simulate?: readonly string[]
}

/** What became of the letters of one job and instance. */
export interface Replayed {
  readonly job: string
  readonly instance: string
  readonly outcome: ReplayOutcome
}

/** `models source replay`: lands what was set aside, or dismisses it. 1: some letters are still open. */
export async function sourceReplayCommand(
  invocation: Invocation,
  options: ReplayCommandOptions,
  name?: string,
): Promise<number> {
  const { terminal } = invocation
  refuseUnknownSimulations(options.simulate ?? [])
  const filter = filterOf(options)
  if (options.dismiss && name === undefined && filter.reason === null && filter.ids === null)
    throw new ConfigurationError({
      code: 'DISMISS_ALL',
      message: '--dismiss stands alone, and would close every dead letter of the landing schema',
      hint: 'Say of which source or table, with which --reason, or which by --id.',
    })
  const workspace = await openWorkspace(invocation, options, {
    command: 'source replay',
    keepsWarnings: true,
  })
  if (workspace === null) return exitCodes.failed
  const jobs = await selectJobs(invocation, workspace, options, name === undefined ? [] : [name])
  const connection = await connectDatabase(workspace)
  try {
    await upgradeUsedState(connection.database)
    const { landingSchema } = workspace.target
    const open = await readOpenLetters(connection.database, landingSchema, filter)
    const chosen = open.filter((letters) => isOf(letters, jobs))
    if (!options.quiet) noteUndeclared(invocation, open, jobsOf(workspace.compilation.graph.nodes))
    if (chosen.length === 0) {
      if (!options.quiet) terminal.out(await nothingOpen(connection, landingSchema, filter, jobs))
      return exitCodes.success
    }
    if (options.dismiss) return await dismiss(invocation, options, connection, workspace, chosen)
    return await replayAll(invocation, options, connection, workspace, jobs, chosen)
  } catch (error) {
    if (!invocation.signal.aborted) throw error
    terminal.err('Cancelled. What has landed stays; the other letters are open as before.')
    return exitCodes.interrupted
  } finally {
    await connection.close()
  }
}

/** Only of an API something is asked for again: of a table all is, with the next load. */
function apiOf({ name, connector }: JobNode): ApiConnector {
  if (isApi(connector)) return connector
  throw new Error(`${name} is asked for again, though it is no endpoint`)
}

async function replayAll(
  invocation: Invocation,
  options: ReplayCommandOptions,
  { database, embedded }: DatabaseConnection,
  workspace: Workspace,
  jobs: readonly JobNode[],
  open: readonly OpenLetters[],
): Promise<number> {
  const { terminal, clock, signal } = invocation
  const { landingSchema } = workspace.target
  const filter = filterOf(options)
  const sources = lazily(() =>
    openJobSources(
      workspace,
      buildPlan(workspace.compilation.graph, jobs, {
        command: 'extract',
        target: workspace.target,
        kinds: ['job'],
        fullRefresh: false,
      }),
      { simulate: options.simulate ?? [], embedded: embedded !== null, landing: false },
    ),
  )
  const replayed: Replayed[] = []
  try {
    for (const [node, instance] of pairsOf(jobs, open)) {
      const common = { database, landingSchema, job: node.job, instanceId: instance.id, filter, signal }
      const outcome = options.dryRun
        ? await foreseeReplay(common)
        : await replayLetters({
            ...common,
            clock,
            reach: async () => ({
              connector: apiOf(node),
              instance: reached(await sources.get(), node, instance.id),
            }),
            onWait: (holder) =>
              terminal.err(`${node.name}: instance ${instance.name} is being landed by ${holder}`),
          })
      const one = { job: node.name, instance: instance.name, outcome }
      replayed.push(one)
      if (options.json) terminal.out(JSON.stringify({ job: one.job, instance: one.instance, ...outcome }))
      else if (!options.quiet)
        for (const line of replayLines(one, options.dryRun ?? false)) terminal.out(line)
    }
  } finally {
    await (await sources.opened())?.close()
  }
  const left = replayed.reduce((sum, { outcome }) => sum + openOf(outcome), 0)
  if (left > 0 && !options.json) {
    const stay = `${plural(left, 'dead letter')} ${options.dryRun ? 'would stay' : 'still'} open.`
    const remedy = `What nobody will land is closed with \`${invocation.commandName} source replay … --dismiss\`.`
    for (const line of wrapText(`${stay} ${remedy}`, terminal.outIsTerminal ? terminal.columns : null))
      terminal.err(line)
  }
  return left > 0 ? exitCodes.failed : exitCodes.success
}

async function dismiss(
  { terminal }: Invocation,
  options: ReplayCommandOptions,
  { database }: DatabaseConnection,
  workspace: Workspace,
  open: readonly OpenLetters[],
): Promise<number> {
  const filter = filterOf(options)
  const all = open.reduce((sum, { letters }) => sum + letters, 0)
  if (options.dryRun) {
    if (options.json) terminal.out(JSON.stringify({ dismissed: 0, letters: all }))
    else terminal.out(`${plural(all, 'dead letter')} would be dismissed.`)
    return exitCodes.success
  }
  let dismissed = 0
  for (const letters of open)
    dismissed += await dismissLetters(database, workspace.target.landingSchema, letters, filter)
  if (options.json) terminal.out(JSON.stringify({ dismissed }))
  else if (!options.quiet) terminal.out(`${plural(dismissed, 'dead letter')} dismissed.`)
  return exitCodes.success
}

/** Letters of other reasons may be what was meant. */
async function nothingOpen(
  { database }: DatabaseConnection,
  landingSchema: string,
  filter: LetterFilter,
  jobs: readonly JobNode[],
): Promise<string> {
  if (filter.reason === null && filter.ids === null) return 'No dead letter is open.'
  const others = (await readOpenLetters(database, landingSchema)).filter((letters) => isOf(letters, jobs))
  if (others.length === 0) return 'No dead letter is open.'
  const reasons = new Map<string, number>()
  for (const { reason, letters } of others) reasons.set(reason, (reasons.get(reason) ?? 0) + letters)
  const list = [...reasons].map(([reason, letters]) => `${reason} (${formatCount(letters)})`).join(', ')
  return `No such dead letter is open. There are those of the reasons ${list}.`
}

function filterOf({ reason, id }: ReplayCommandOptions): LetterFilter {
  const wrong = id?.find((text) => !/^\d{1,15}$/.test(text))
  if (wrong !== undefined)
    throw new ConfigurationError({
      code: 'BAD_ID',
      message: `"${wrong}" is no id of a dead letter`,
      hint: 'It is the number in the column id of strata.dead_letters.',
    })
  return { reason: reason ?? null, ids: id?.map(Number) ?? null }
}

function isOf(letters: OpenLetters, jobs: readonly JobNode[]): boolean {
  return jobs.some(
    ({ name, connector }) =>
      name === letters.job && connector.instances.some(({ id }) => id === letters.instanceId),
  )
}

/** A job that is gone from the project, or an instance, cannot land anything. */
function noteUndeclared(
  { terminal }: Invocation,
  open: readonly OpenLetters[],
  jobs: readonly JobNode[],
): void {
  const lost = open.filter((letters) => !isOf(letters, jobs))
  if (lost.length === 0) return
  const count = lost.reduce((sum, { letters }) => sum + letters, 0)
  const names = [...new Set(lost.map(({ job }) => job))].join(', ')
  terminal.err(
    `Note: ${plural(count, 'dead letter')} of jobs or instances that the project does not declare: ${names}.`,
  )
}

/** The jobs and instances that have letters, once each. */
function pairsOf(jobs: readonly JobNode[], open: readonly OpenLetters[]) {
  return jobs.flatMap((node) =>
    node.connector.instances
      .filter(({ id }) => open.some(({ job, instanceId }) => job === node.name && instanceId === id))
      .map((instance) => [node, instance] as const),
  )
}

function openOf({ open }: ReplayOutcome): number {
  return open.reduce((sum, { letters }) => sum + letters, 0)
}

function reached({ instancesOf }: JobSources, { job }: JobNode, id: number): Instance {
  const instance = instancesOf(job.source).find((one) => one.id === id)
  if (instance === undefined) throw new Error(`${job.source} has no instance ${id}`)
  return instance
}

/** Most letters need no source: it need not be configured for their sake. */
function lazily<T>(open: () => Promise<T>) {
  let opened: Promise<T> | null = null
  return {
    get: () => (opened ??= open()),
    opened: async () => (opened === null ? null : await opened.catch(() => null)),
  }
}
