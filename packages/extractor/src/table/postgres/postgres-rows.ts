import type { FileJob, Statement, TableJob } from '@strata/core'
import type { RowsRequest, RowWindow, SourceChunk, SourceRow } from '../table-source.ts'
import type { PostgresTable } from './describe-postgres-table.ts'
import { keyColumns, selectCount, selectRows } from './postgres-select.ts'

/** Asks the source within the snapshot. Throws `SourceError`; a `DatabaseError` where the signal has fired. */
export type AskPostgres = <Row>(statement: Statement | string) => Promise<readonly Row[]>

/** The record as JSON, the change columns, the key: all text. */
type TextRow = readonly [string, ...(string | null)[]]

/** Rows are short or long, and a chunk is held in memory twice: the one that lands, and the next. */
const chunkLength = 16 * 1024 * 1024
const firstRows = 1000

let cursors = 0

/** The rows that have a key, in its order, by a cursor: the next chunk is on its way while one is landed. */
export async function* readRows(
  ask: AskPostgres,
  table: PostgresTable,
  request: RowsRequest,
  timeZone: string | null,
): AsyncGenerator<SourceChunk> {
  const cursor = `strata_${++cursors}`
  const changes = request.changes.length
  await ask(`declare ${cursor} no scroll cursor for ${selectRows(table, request, timeZone, 'keyed')}`)
  let wanted = Math.min(request.chunkRows, firstRows)
  const fetch = () => ask<TextRow>({ text: `fetch ${wanted} from ${cursor}`, rowsAsArrays: true })
  let next = fetch()
  try {
    while (true) {
      const rows = await next
      if (rows.length === 0) return
      const isLast = rows.length < wanted
      wanted = rowsInChunk(rows, request.chunkRows)
      next = isLast ? Promise.resolve([]) : fetch()
      // It is waited for once this chunk has landed, and may fail before.
      next.catch(() => {})
      yield {
        rows: rows.map((row) => toSourceRow(row, changes)),
        last: rows.at(-1)!.slice(1 + changes) as string[],
        zeroDates: 0,
      }
    }
  } finally {
    // After an error there is no cursor any more.
    await next.then(() => ask(`close ${cursor}`)).catch(() => {})
  }
}

function rowsInChunk(rows: readonly TextRow[], most: number): number {
  const length = rows.reduce((sum, [json]) => sum + json.length, 0)
  return Math.max(1, Math.min(most, Math.floor((chunkLength / length) * rows.length)))
}

/** Rows of which a part of the key is null. */
export async function readKeyless(
  ask: AskPostgres,
  table: PostgresTable,
  request: RowsRequest,
  timeZone: string | null,
  limit: number,
): Promise<readonly SourceRow[]> {
  if (keyColumns(table, request.job).every(({ nullable }) => !nullable)) return []
  const text = `${selectRows(table, request, timeZone, 'keyless')} limit ${limit}`
  const rows = await ask<TextRow>({ text, rowsAsArrays: true })
  return rows.map((row) => toSourceRow(row, request.changes.length))
}

export async function countRows(
  ask: AskPostgres,
  table: PostgresTable,
  job: TableJob | FileJob,
  window: RowWindow,
): Promise<number> {
  const [counted] = await ask<{ count: string }>(selectCount(table, job, window))
  return Number(counted!.count)
}

function toSourceRow(row: TextRow, changes: number): SourceRow {
  return { json: row[0], changes: row.slice(1, 1 + changes) }
}
