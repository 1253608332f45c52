import { SourceError } from '@strata/core'
import type { AnalyzedServer, CatalogTable, SourceClock, TableProfile } from './analyzed-server.ts'
import { roleOf } from './column-role.ts'
import { matchesPattern } from './match-pattern.ts'
import { proposeTable, type TableProposal } from './propose-table.ts'

export interface AnalyzeOptions {
  readonly server: AnalyzedServer
  /** Names of tables, with `*` and `?`; null: all. */
  readonly patterns: readonly string[] | null
  /** Of larger tables about so many rows are looked at. */
  readonly sampleRows?: number
  /** Milliseconds for one statement, and for all. */
  readonly statementTimeout?: number
  readonly timeout: number
  readonly now: () => number
  readonly onTable?: (proposal: TableProposal, milliseconds: number) => void
}

export interface SourceAnalysis {
  readonly clock: SourceClock
  readonly proposals: readonly TableProposal[]
  /** Patterns that no table has. */
  readonly unmatched: readonly string[]
}

const defaultSample = 100_000
const defaultStatementTimeout = 30_000

/**
 * Looks at each table, one after the other, and proposes how it lands. Throws `SourceError` where not even the catalog can be read; a table
 * that cannot be read, or for which no time is left, is proposed as far as the catalog goes.
 */
export async function analyzeSource({
  server,
  patterns,
  sampleRows = defaultSample,
  statementTimeout = defaultStatementTimeout,
  timeout,
  now,
  onTable,
}: AnalyzeOptions): Promise<SourceAnalysis> {
  const deadline = now() + timeout
  const clock = await server.clock()
  const all = await server.tables()
  const { tables, unmatched } = chooseTables(all, patterns)
  const proposals: TableProposal[] = []
  let dead: SourceError | null = null
  for (const table of tables) {
    const began = now()
    const left = deadline - began
    const milliseconds = Math.min(statementTimeout, left)
    const outcome: ProfileOutcome =
      dead !== null
        ? { profile: null, error: dead }
        : left <= 0
          ? { profile: null, error: outOfTime() }
          : await profileOf(server, table, clock, { rows: sampleRows, milliseconds })
    // A table that breaks the connection may be alone in that; a server that is not there any more answers for none.
    if (outcome.error?.code === 'SOURCE_UNREACHABLE') dead = outcome.error
    const proposal = proposeTable(table, outcome.profile, outcome.error)
    proposals.push(proposal)
    onTable?.(proposal, now() - began)
  }
  return { clock, proposals, unmatched }
}

/** Those that one of the patterns means, and the patterns that mean none. */
export function chooseTables(
  tables: readonly CatalogTable[],
  patterns: readonly string[] | null,
): { readonly tables: readonly CatalogTable[]; readonly unmatched: readonly string[] } {
  if (patterns === null) return { tables, unmatched: [] }
  const isMeant = ({ schema, name }: CatalogTable, pattern: string) =>
    matchesPattern(name, pattern) || (schema !== null && matchesPattern(`${schema}.${name}`, pattern))
  return {
    tables: tables.filter((table) => patterns.some((pattern) => isMeant(table, pattern))),
    unmatched: patterns.filter((pattern) => !tables.some((table) => isMeant(table, pattern))),
  }
}

interface ProfileOutcome {
  readonly profile: TableProfile | null
  readonly error: SourceError | null
}

async function profileOf(
  server: AnalyzedServer,
  table: CatalogTable,
  clock: SourceClock,
  limits: { readonly rows: number; readonly milliseconds: number },
): Promise<ProfileOutcome> {
  const columns = table.columns.filter((column) => {
    const role = roleOf(column)
    return role !== null && role !== 'person'
  })
  if (columns.length === 0) return { profile: null, error: null }
  try {
    return { profile: await server.profile(table, columns, clock, limits), error: null }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    return { profile: null, error: error.code === 'SOURCE_TIMEOUT' ? statementTooSlow(error) : error }
  }
}

/** The connector's own limit is for loads. */
export function statementTooSlow({ code, message, cause }: SourceError): SourceError {
  const hint = 'Give each statement more time with --statement-timeout.'
  return new SourceError({ code, message, hint, cause })
}

function outOfTime(): SourceError {
  return new SourceError({
    code: 'SOURCE_TIMEOUT',
    message: 'no time was left',
    hint: 'Give it more time with --timeout, or name the tables with --tables.',
  })
}
