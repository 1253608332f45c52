import { existsSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigurationError, type SourceError } from '@strata/core'
import {
  type AnalyzedServer,
  analyzeSource,
  openMysqlServer,
  openPostgresServer,
  type TableVerification,
  verifySource,
} from '@strata/extractor'
import { connect } from '@strata/postgres'
import { createColors } from 'picocolors'
import { connectDatabase } from '../database-connection.ts'
import { type DatabaseSource, databaseSource } from '../database-source.ts'
import { migrateState } from '../execute-plan.ts'
import { type CommonOptions, exitCodes, type Invocation } from '../invocation.ts'
import { optionDuration } from '../option-duration.ts'
import { analyzedLine, analyzedSummary } from '../reporters/analyze-summary.ts'
import { verificationLines } from '../reporters/analyze-verification.ts'
import { analyzeFile, analyzeYaml, tableNames } from '../reporters/analyze-yaml.ts'
import { formatDuration } from '../reporters/format.ts'
import { jobsOf } from '../selected-jobs.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'

interface AnalyzeCommandOptions extends CommonOptions {
  /** Names of tables there, with `*` and `?`. */
  readonly tables?: readonly string[]
  /** Name or id; the first by default. */
  readonly instance?: string
  readonly verify?: boolean
  readonly wait?: string
  readonly timeout: string
  readonly statementTimeout?: string
  readonly output?: string
}

/**
 * `models source analyze`: looks at catalog and values of a database, and proposes the tables of its source; with `--verify` at how rows change,
 * and says which change columns tell of it. 1: something could not be read.
 */
export async function sourceAnalyzeCommand(
  invocation: Invocation,
  options: AnalyzeCommandOptions,
  source: string,
): Promise<number> {
  const timeout = optionDuration('--timeout', options.timeout)
  const statementTimeout =
    options.statementTimeout === undefined
      ? null
      : optionDuration('--statement-timeout', options.statementTimeout)
  const limits: Limits = { timeout, ...(statementTimeout !== null && { statementTimeout }) }
  const wait = options.wait === undefined ? null : optionDuration('--wait', options.wait)
  if (wait !== null && !options.verify) throw needsVerify()
  const workspace = await openWorkspace(invocation, options, {
    command: 'source analyze',
    keepsWarnings: true,
  })
  if (workspace === null) return exitCodes.failed
  const file = options.output === undefined ? null : newFile(resolve(workspace.directory, options.output))
  const found = databaseSource(workspace, source, options.instance)
  return await withServer(found, invocation.signal, (server) =>
    options.verify
      ? verify(invocation, options, workspace, found, server, limits, wait)
      : analyze(invocation, options, found, server, limits, file),
  )
}

/** Milliseconds: for all, and for one statement where that is not the default. */
interface Limits {
  readonly timeout: number
  readonly statementTimeout?: number
}

async function analyze(
  { terminal, clock }: Invocation,
  { json, quiet, tables }: AnalyzeCommandOptions,
  { connector }: DatabaseSource,
  server: AnalyzedServer,
  limits: Limits,
  file: string | null,
): Promise<number> {
  const { proposals, unmatched } = await analyzeSource({
    server,
    patterns: tables ?? null,
    ...limits,
    now: () => clock().getTime(),
    onTable: (proposal, milliseconds) => {
      if (!json && !quiet) terminal.err(analyzedLine(proposal, milliseconds))
    },
  })
  if (file !== null) writeFileSync(file, analyzeFile(connector, proposals), { flag: 'wx' })
  if (json)
    for (const { error, ...proposal } of proposals)
      terminal.out(JSON.stringify({ kind: 'table', ...proposal, error: plainError(error) }, withoutYears))
  else if (file === null) for (const line of analyzeYaml(connector.source, proposals)) terminal.out(line)
  tellUnmatched(terminal.err, connector.source, unmatched)
  if (!json && !quiet) {
    terminal.err(analyzedSummary(proposals))
    if (file !== null)
      terminal.err(
        `Written to ${file}: the whole source. Where the project declares it already, one of the two must go.`,
      )
  }
  const isWhole = unmatched.length === 0 && proposals.every(({ error }) => error === null)
  return isWhole ? exitCodes.success : exitCodes.failed
}

async function verify(
  { terminal, clock, signal }: Invocation,
  { json, quiet, tables }: AnalyzeCommandOptions,
  workspace: Workspace,
  { connector, instance }: DatabaseSource,
  server: AnalyzedServer,
  limits: Limits,
  wait: number | null,
): Promise<number> {
  const connection = await connectDatabase(workspace)
  try {
    await migrateState(connection.database)
    const colors = createColors(terminal.color)
    const jobOf = jobNames(workspace, connector.source, await server.tables())
    const once = async (): Promise<boolean> => {
      const { verifications, unmatched } = await verifySource({
        server,
        database: connection.database,
        landingSchema: workspace.target.landingSchema,
        instanceId: instance.id,
        jobOf,
        patterns: tables ?? null,
        ...limits,
        now: () => clock().getTime(),
        onTable(verification) {
          if (json) terminal.out(JSON.stringify(asJson(verification)))
          else for (const line of verificationLines(verification, colors)) terminal.out(line)
        },
      })
      tellUnmatched(terminal.err, connector.source, unmatched)
      if (verifications.length === 0 && !json && !quiet)
        terminal.out('No table has a column that could tell of changes.')
      return unmatched.length === 0 && verifications.every(({ error }) => error === null)
    }
    const first = await once()
    if (wait === null) return first ? exitCodes.success : exitCodes.failed
    if (!quiet && !json) terminal.err(`Waiting ${formatDuration(wait)} …`)
    await sleep(wait, undefined, { signal })
    return (await once()) ? exitCodes.success : exitCodes.failed
  } finally {
    await connection.close()
  }
}

/** The name of the job that lands a table, or that of the one that would be proposed. */
function jobNames(
  { compilation }: Workspace,
  source: string,
  tables: Awaited<ReturnType<AnalyzedServer['tables']>>,
): (table: { readonly schema: string | null; readonly name: string }) => string {
  const declared = jobsOf(compilation.graph.nodes).filter(({ job }) => job.source === source)
  const proposed = tableNames(tables)
  return ({ schema, name }) => {
    const known = declared.find(
      ({ job }) => job.kind === 'table' && job.relation.name === name && job.relation.schema === schema,
    )
    const index = tables.findIndex((table) => table.schema === schema && table.name === name)
    return known?.name ?? `${source}.${proposed[index] ?? name}`
  }
}

async function withServer<T>(
  { connector, instance }: DatabaseSource,
  signal: AbortSignal,
  work: (server: AnalyzedServer) => Promise<T>,
): Promise<T> {
  if (connector.kind === 'mysql') return await work(openMysqlServer(connector, instance, signal))
  const url = new URL(instance.address)
  const { password } = instance.credentials
  if (password !== undefined) url.searchParams.set('password', password)
  const database = await connect({
    url: url.href,
    applicationName: `strata ${connector.source} analysis`,
    maxConnections: 1,
  })
  try {
    return await work(openPostgresServer(connector, instance, database, signal))
  } finally {
    await database.close()
  }
}

function tellUnmatched(tell: (line: string) => void, source: string, patterns: readonly string[]): void {
  for (const pattern of patterns) tell(`No table of ${source} is named ${pattern}.`)
}

function plainError(error: SourceError | null) {
  return error === null ? null : { code: error.code, message: error.message, hint: error.hint }
}

/** Where a year has one row, its least value is that of a patient. */
function withoutYears(key: string, value: unknown): unknown {
  return key === 'years' ? undefined : value
}

function asJson({ error, ...verification }: TableVerification) {
  return { kind: 'verification', ...verification, error: plainError(error) }
}

/** Somebody may have worked on the file. */
function newFile(file: string): string {
  if (!existsSync(file)) return file
  throw new ConfigurationError({
    code: 'FILE_EXISTS',
    message: `${file} is there already`,
    hint: 'Name another file with --output, or remove this one.',
  })
}

function needsVerify(): ConfigurationError {
  return new ConfigurationError({
    code: 'WAIT_WITHOUT_VERIFY',
    message: '--wait is the time between the two readings of --verify',
    hint: 'Add --verify, or leave --wait out.',
  })
}
