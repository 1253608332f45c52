import type { Database } from '@strata/core'
import { SourceError } from '@strata/core'
import { chooseTables, statementTooSlow } from './analyze-source.ts'
import type { AnalyzedServer, CatalogColumn, CatalogTable } from './analyzed-server.ts'
import { roleOf } from './column-role.ts'
import {
  type ColumnMisses,
  compareSamples,
  type SampleComparison,
  type TimedSample,
} from './compare-samples.ts'
import { readMisses, readSample, type SamplePlace, storeSample } from './sample-store.ts'

export interface VerifyOptions {
  readonly server: AnalyzedServer
  /** Where samples are kept: the target's, with migrated state. */
  readonly database: Database
  readonly landingSchema: string
  readonly instanceId: number
  /** The job that lands a table, or would: `source.table`. */
  readonly jobOf: (table: CatalogTable) => string
  readonly patterns: readonly string[] | null
  /** Of larger tables so many rows are sampled. */
  readonly sampleRows?: number
  readonly statementTimeout?: number
  /** Milliseconds for all. */
  readonly timeout: number
  readonly now: () => number
  readonly onTable?: (verification: TableVerification) => void
}

/** How the change columns of a table did between an earlier reading of its rows and this one. */
export interface TableVerification {
  readonly job: string
  readonly schema: string | null
  readonly name: string
  /** Rows that were read now, for the next comparison. */
  readonly sampled: number
  /** The source's clock in UTC at the earlier reading; null: this is the first. */
  readonly since: string | null
  /** Null: there is nothing to compare with yet. */
  readonly comparison: SampleComparison | null
  /** By column, over all comparisons so far; the best first. */
  readonly overall: readonly ColumnMisses[]
  /** Why it was left out; null: it was not. */
  readonly skipped: string | null
  readonly error: SourceError | null
}

export interface SourceVerification {
  readonly verifications: readonly TableVerification[]
  readonly unmatched: readonly string[]
}

const defaultSample = 10_000
const defaultStatementTimeout = 60_000

/**
 * Reads rows of each table that could have a change column, compares them with how they were when they were last read, and keeps them for the
 * next time: keys, hashes and the values of the change columns, nothing else. Throws `SourceError` where the catalog cannot be read, and
 * `DatabaseError`.
 */
export async function verifySource(options: VerifyOptions): Promise<SourceVerification> {
  const { server, timeout, now, onTable } = options
  const deadline = now() + timeout
  const { tables, unmatched } = chooseTables(await server.tables(), options.patterns)
  const verifications: TableVerification[] = []
  for (const table of tables) {
    const columns = watchedColumns(table)
    if (columns.length === 0) continue
    const verification = await verifyTable(options, table, columns, deadline - now())
    verifications.push(verification)
    onTable?.(verification)
  }
  return { verifications, unmatched }
}

/** All that might tell of changes, also what a proposal refuses: the proof may say otherwise. */
function watchedColumns(table: CatalogTable): readonly CatalogColumn[] {
  return table.columns.filter((column) => {
    const role = roleOf(column)
    return role !== null && role !== 'person'
  })
}

async function verifyTable(
  options: VerifyOptions,
  table: CatalogTable,
  columns: readonly CatalogColumn[],
  left: number,
): Promise<TableVerification> {
  const { server, database, landingSchema, instanceId, jobOf } = options
  const { sampleRows = defaultSample, statementTimeout = defaultStatementTimeout } = options
  const { schema, name } = table
  const job = jobOf(table)
  const place: SamplePlace = { landingSchema, job, instanceId }
  const nothing = {
    job,
    schema,
    name,
    sampled: 0,
    since: null,
    comparison: null,
    overall: [],
    skipped: null,
    error: null,
  }
  if (table.key === null) return { ...nothing, skipped: 'it has no key' }
  if (left <= 0) return { ...nothing, skipped: 'no time was left: give it more with --timeout' }
  const limits = { rows: sampleRows, milliseconds: Math.min(statementTimeout, left) }
  try {
    const before = await readSample(database, place)
    // A row that changes after this clock and before it is read counts for this reading: the next one asks from here on.
    const clock = await server.clock()
    const sample: TimedSample = { ...(await server.sampleRows(table, columns, limits)), clock }
    const again =
      before === null ? null : await readAgain(server, table, columns, before, sample, limits.milliseconds)
    const comparison = before === null || again === null ? null : compareSamples(before, again, columns)
    await storeSample(database, place, sample, comparison?.columns ?? [])
    const overall = await readMisses(database, place)
    return { ...nothing, sampled: sample.rows.length, since: before?.clock.utc ?? null, comparison, overall }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    return { ...nothing, error: error.code === 'SOURCE_TIMEOUT' ? statementTooSlow(error) : error }
  }
}

/** The rows of the earlier sample as they are now. */
async function readAgain(
  server: AnalyzedServer,
  table: CatalogTable,
  columns: readonly CatalogColumn[],
  before: TimedSample,
  sample: TimedSample,
  milliseconds: number,
): Promise<TimedSample> {
  if (sample.complete) return sample
  const keys = before.rows.map(({ key }) => key)
  const rows = await server.readRows(table, columns, keys, milliseconds)
  return { rows, clock: await server.clock(), complete: false }
}
