import { ConfigurationError, type Connector, isApi, type JobNode } from '@strata/core'
import { type TakeOverReport, takeOver } from '@strata/extractor'
import { connectDatabase } from '../database-connection.ts'
import { migrateState } from '../execute-plan.ts'
import { type CommonOptions, exitCodes, type Invocation } from '../invocation.ts'
import { meantJob } from '../job-names.ts'
import { formatCount } from '../reporters/format.ts'
import { indented } from '../reporters/render-hint.ts'
import { renderTakenTable, renderTakeOver } from '../reporters/render-take-over.ts'
import { wrapText } from '../reporters/wrap-text.ts'
import { openWorkspace } from '../workspace.ts'

interface TakeOverCommandOptions extends CommonOptions {
  readonly dryRun?: boolean
  /** Name or id of the instance of rows that do not say. */
  readonly instance?: string
}

/** `models source take-over`: makes the bronze tables that another loader left into ones that jobs land in. */
export async function sourceTakeOverCommand(
  invocation: Invocation,
  options: TakeOverCommandOptions,
  source: string,
): Promise<number> {
  const { terminal, signal } = invocation
  const workspace = await openWorkspace(invocation, options, { command: 'source take-over' })
  if (workspace === null) return exitCodes.failed
  const nodes = workspace.compilation.graph.nodes.filter((node): node is JobNode => node.kind === 'job')
  const ofSource = nodes.filter(({ job }) => job.source === source)
  const [first] = ofSource
  if (first === undefined) throw unknownSource(source, nodes)
  const { connector } = first
  if (!isApi(connector)) throw notTakenOver(source)
  const { instances } = connector
  const told = options.instance === undefined ? null : instanceNamed(connector, options.instance)
  const dryRun = options.dryRun ?? false
  const width = terminal.outIsTerminal ? terminal.columns : null
  let rowsTold = ''
  const connection = await connectDatabase(workspace)
  try {
    if (!dryRun) await migrateState(connection.database)
    const report = await takeOver({
      database: connection.database,
      landingSchema: workspace.target.landingSchema,
      source,
      jobs: ofSource.map(({ job }) => job),
      instances,
      told,
      dryRun,
      signal,
      onTable(table) {
        if (!options.quiet && !options.json && table.steps.length > 0)
          terminal.err(renderTakenTable(table, instances))
        rowsTold = ''
      },
      onStep(table, step, done, ended) {
        if (options.json)
          terminal.out(JSON.stringify({ kind: 'take_over_step', table, ...step, done, ended }))
        else if (!options.quiet && step.rows !== null && done > 0) {
          const rows = `    ${formatCount(done)} of ${formatCount(Math.max(done, step.rows))} rows`
          // The last batch of a step, and its end.
          if (rows !== rowsTold) terminal.err(rows)
          rowsTold = rows
        } else if (!options.quiet && !ended) {
          rowsTold = ''
          for (const line of indented(step.what, width)) terminal.err(line)
        }
      },
      onWait: (message) => terminal.err(`Waiting: ${message}.`),
    })
    tell(invocation, options, report, instances)
    return report.problems.length > 0 ? exitCodes.failed : exitCodes.success
  } finally {
    await connection.close()
  }
}

function tell(
  { terminal, commandName }: Invocation,
  { json, quiet, dryRun = false }: TakeOverCommandOptions,
  report: TakeOverReport,
  instances: Connector['instances'],
): void {
  if (json) {
    if (dryRun) terminal.out(JSON.stringify({ kind: 'take_over', ...report }))
    return
  }
  const width = terminal.outIsTerminal ? terminal.columns : null
  const say = (text: string) => {
    for (const line of wrapText(text, width)) terminal.err(line)
  }
  const isNothing = report.tables.every(({ steps }) => steps.length === 0)
  if (!quiet && !isNothing && dryRun) terminal.out(renderTakeOver(report.tables, instances, width))
  if (!quiet) for (const note of report.notes) say(`Note: ${note}`)
  // Last, for the list above is long.
  const names = instances.map(({ name }) => name).join(' or ')
  for (const problem of report.problems)
    say(`Not possible: ${problem.replace('--instance NAME', `--instance ${names}`)}.`)
  if (quiet || report.problems.length > 0) return
  if (isNothing) terminal.out('There is nothing left to take over.')
  else if (!dryRun) terminal.out(`Taken over. ${commandName} extract lands in these tables from now on.`)
}

function instanceNamed({ source, instances }: Connector, asked: string): number {
  const found = instances.find(({ id, name }) => name === asked || String(id) === asked)
  if (found !== undefined) return found.id
  throw new ConfigurationError({
    code: 'NO_INSTANCE',
    message: `${source} has no instance "${asked}"`,
    hint: `It has ${instances.map(({ id, name }) => `${name} (${id})`).join(', ')}.`,
  })
}

function notTakenOver(source: string): ConfigurationError {
  return new ConfigurationError({
    code: 'NOT_AN_API',
    message: `${source} is no API: what another loader made of its tables is not taken over`,
    hint: `\`models extract --select source:${source}\` reads all of them anew, beside the tables of the other loader; \`models source analyze ${source}\` proposes how.`,
  })
}

function unknownSource(source: string, nodes: readonly JobNode[]): ConfigurationError {
  const known = [...new Set(nodes.map(({ job }) => job.source))]
  return new ConfigurationError({
    code: 'UNKNOWN_SOURCE',
    message: `no jobs are declared for a source "${source}"`,
    hint:
      known.length > 0
        ? (meantJob(source, nodes) ?? `There are jobs of ${known.join(', ')}.`)
        : 'Declare its jobs first: docs/landing.md.',
  })
}
