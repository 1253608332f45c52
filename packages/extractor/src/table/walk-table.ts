import { DatabaseError, type FileJob, type TableJob } from '@strata/core'
import type { LandInstanceOptions } from '../run/land-instance.ts'
import type { Tally } from '../run/tally.ts'
import { type LandedRows, landRows, type RowsPlace, type TimedRow } from './land-rows.ts'
import { changeMissing } from './load-failures.ts'
import type { LoadPlan } from './plan-load.ts'
import { compareChanges } from './row-condition.ts'
import { boundedColumn, type ColumnWatermarks, nowOf, typeOf } from './row-window.ts'
import type { ColumnWindow, RowWindow, SourceRow, SourceTable, TableSnapshot } from './table-source.ts'
import { storeTableProgress, type TablePlace } from './table-state.ts'

export interface WalkTableOptions extends LandInstanceOptions {
  readonly job: TableJob | FileJob
  readonly snapshot: TableSnapshot
  readonly table: SourceTable
  readonly plan: LoadPlan
  readonly place: RowsPlace
  readonly timeZone: string | null
  readonly window: LandInstanceOptions['window']
}

/** A walk that has come to its end. */
export interface TableWalk {
  readonly candidates: ColumnWatermarks
  readonly received: number
  readonly zeroDates: number
}

/** A change column with what counts of it: no watermark goes beyond the clock of the snapshot in which the load began. */
interface CountedColumn extends ColumnWindow {
  readonly now: string | null
  /**
   * Of numbers there is no clock, and of times in an unknown zone none that they can be held against: where not all rows are read in one state of the table, the greatest may be of a change that is later than one
   * that was not seen.
   */
  readonly held: boolean
}

/**
 * Reads the rows of a window and lands each chunk in its own transaction, with the place where the load stands: a later process goes on
 * from there. Moves no watermark. Throws `SourceError`, `DatabaseError`.
 */
export async function walkTable(
  options: WalkTableOptions,
  rows: RowWindow,
  from: TablePlace | null,
): Promise<TableWalk> {
  const { job, snapshot, plan, place, context } = options
  const clock = from?.clock ?? snapshot.clock
  const counted = countedColumns(options, from)
  let candidates: ColumnWatermarks = from?.candidates ?? {}
  let received = from?.received ?? 0
  let zeroDates = 0
  const request = {
    job,
    columns: plan.columns,
    window: rows,
    changes: plan.changes,
    chunkRows: job.chunkRows,
  }

  const land = async (chunk: readonly SourceRow[], last: readonly string[] | null): Promise<void> => {
    const timed = chunk.map((row) => timedRow(row, counted, options.timeZone))
    const missing = chunk.filter(
      ({ changes }) => changes.length > 0 && changes.every((one) => one === null),
    ).length
    if (missing > 0 && job.kind === 'table' && job.watermark?.onMissing === 'raise')
      throw changeMissing(job, missing)
    candidates = chunk.reduce((most, row) => withRow(most, row, counted), candidates)
    received += chunk.length
    const landed = await landChunk(options, place, timed, standingAt(last))
    const rejectedCursors = chunk.filter((row) => isDoubtful(row, counted)).length
    options.onPage({ ...tallyOf(landed), missingCursors: missing, rejectedCursors }, null)
  }

  const standingAt = (last: readonly string[] | null): TablePlace | null | undefined => {
    if (plan.kind === 'backfill') return undefined
    // What is read beside an increment begins anew with the next one.
    if (last === null || (plan.kind === 'increment' && rows.kind === 'all')) return null
    return { version: 1, question: plan.question, last, clock, candidates, received }
  }

  for await (const chunk of snapshot.rows({ ...request, after: from?.last ?? null })) {
    context.signal.throwIfAborted()
    zeroDates += chunk.zeroDates
    if (chunk.rows.length > 0) await land(chunk.rows, chunk.last)
  }
  if (plan.key.some(({ nullable }) => nullable)) {
    const without = await snapshot.keyless({ ...request, after: null }, mostKeyless)
    if (without.length > 0) await land(without, null)
    received -= without.length
  }
  return { candidates, received, zeroDates }
}

function countedColumns(
  { job, plan, table, snapshot, timeZone }: WalkTableOptions,
  from: TablePlace | null,
): readonly CountedColumn[] {
  if (job.kind === 'file' || job.watermark === null) return []
  const { columns } = job.watermark
  return plan.changes.map((name) => {
    const column = columns.find((one) => one.name === name)!
    const type = typeOf(table, name)
    return {
      ...boundedColumn(column, type, snapshot.clock),
      now: nowOf(from?.clock ?? snapshot.clock, type),
      held:
        (type === 'number' || (type !== 'instant' && timeZone === null)) &&
        (from !== null || !table.consistent),
    }
  })
}

/** Rows without a key that one load sets aside; more of them are there again the next time. */
const mostKeyless = 1000

async function landChunk(
  { database, landingSlots, applicationName, context }: WalkTableOptions,
  place: RowsPlace,
  rows: readonly TimedRow[],
  standing: TablePlace | null | undefined,
): Promise<LandedRows> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await landingSlots.run(() =>
        database.transaction(
          async (transaction) => {
            const landed = await landRows(transaction, place, rows)
            await storeTableProgress(transaction, place, landed.received - landed.quarantined, standing)
            return landed
          },
          { applicationName, signal: context.signal },
        ),
      )
    } catch (error) {
      const deadlocked = error instanceof DatabaseError && error.sqlstate === '40P01'
      if (!deadlocked || attempt === 4) throw error
    }
  }
}

function isBelieved(value: string, { type, min, max }: ColumnWindow): boolean {
  return (
    (min === null || compareChanges(value, min, type) >= 0) &&
    (max === null || compareChanges(value, max, type) <= 0)
  )
}

/** The greatest values so far, with those of one more row that are believed and not of the future. */
function withRow(
  most: ColumnWatermarks,
  { changes }: SourceRow,
  counted: readonly CountedColumn[],
): ColumnWatermarks {
  let result = most
  for (const [index, column] of counted.entries()) {
    const value = changes[index]
    if (value === null || value === undefined || column.held || !isBelieved(value, column)) continue
    if (column.now !== null && compareChanges(value, column.now, column.type) > 0) continue
    const known = result[column.name]
    if (known === undefined || compareChanges(value, known, column.type) > 0)
      result = { ...result, [column.name]: value }
  }
  return result
}

/** When the row changed, by the most reliable column that has a believable time. */
function timedRow(row: SourceRow, counted: readonly CountedColumn[], timeZone: string | null): TimedRow {
  for (const [index, column] of counted.entries()) {
    const value = row.changes[index]
    if (value === null || value === undefined || column.type === 'number' || !isBelieved(value, column))
      continue
    return { ...row, changedAt: withZone(value, column, timeZone) }
  }
  return { ...row, changedAt: null }
}

/** As Postgres reads it: a name of a zone may stand behind a time. */
export function withZone(
  value: string,
  { type }: Pick<ColumnWindow, 'type'>,
  timeZone: string | null,
): string {
  const time = type === 'date' ? `${value} 00:00:00` : value
  return `${time} ${type === 'instant' ? 'UTC' : (timeZone ?? 'UTC')}`
}

function tallyOf({ received, inserted, changed, quarantined }: LandedRows): Partial<Tally> {
  const unchanged = received - inserted - changed - quarantined
  return { fetched: received, inserted, changed, unchanged, quarantined }
}

/** Whether a change column of the row has a value that is impossible. */
function isDoubtful({ changes }: SourceRow, counted: readonly CountedColumn[]): boolean {
  return counted.some((column, index) => changes[index] != null && !isBelieved(changes[index]!, column))
}
