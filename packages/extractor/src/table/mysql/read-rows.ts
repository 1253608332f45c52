import type { TableJob } from '@strata/core'
import { SourceError } from '@strata/core'
import { behindKey, windowCondition } from '../row-condition.ts'
import type { RowsRequest, RowWindow, SourceChunk, SourceRow } from '../table-source.ts'
import type { MysqlTable } from './describe-table.ts'
import { describePlace, type MysqlPlace } from './mysql-place.ts'
import type { MysqlSession } from './mysql-session.ts'
import type { MysqlValue } from './mysql-wire.ts'
import { createRowReader, type RowReader } from './row-reader.ts'
import { mysqlWriter, type TableKey, tableKey } from './table-key.ts'

export interface ReadPlace {
  readonly place: MysqlPlace
  readonly session: MysqlSession
  readonly table: MysqlTable
}

/** A part of a walk. */
interface Piece extends SourceChunk {
  /** Where it ended, for the next one. */
  readonly end: readonly string[] | null
  /** The walk is at its end. */
  readonly done: boolean
  /** Characters. */
  readonly size: number
}

/** A chunk of large rows is given up early: no more of them than this are held at once, in characters. */
const mostHeld = 32 * 1024 * 1024

/**
 * The rows that have a key, in its order. While one chunk is used the next is read, and no further one. Throws `SourceError`
 * (`SOURCE_KEY_MISSING`, `SOURCE_KEY_TYPE`).
 */
export async function* readRows(
  read: ReadPlace,
  job: TableJob,
  request: RowsRequest,
): AsyncGenerator<SourceChunk> {
  const key = tableKey(job, read.table)
  const reader = createRowReader(read, request, key)
  const stop = new AbortController()
  const start = (after: readonly string[] | null, limit: number): Promise<Piece> => {
    const piece = readPiece(read, request, key, reader, after, limit, stop.signal)
    // It is awaited later, or never.
    piece.catch(() => {})
    return piece
  }
  let ahead: Promise<Piece> | null = start(request.after, request.chunkRows)
  try {
    while (ahead !== null) {
      const piece: Piece = await ahead
      ahead = piece.done ? null : start(piece.end, nextLimit(piece, request.chunkRows))
      const { rows, last, zeroDates } = piece
      if (rows.length > 0) yield { rows, last, zeroDates }
    }
  } finally {
    stop.abort(new Error('nobody wants these rows any more'))
    await ahead?.catch(() => {})
  }
}

/** Rows of which a part of the key is null. */
export async function readKeyless(
  read: ReadPlace,
  job: TableJob,
  request: RowsRequest,
  limit: number,
): Promise<readonly SourceRow[]> {
  const key = tableKey(job, read.table)
  if (key.nullable.length === 0) return []
  const reader = createRowReader(read, request, key)
  const rows: SourceRow[] = []
  const none = `(${key.nullable.map((name) => `${name} is null`).join(' or ')})`
  const sql = `select ${reader.select} from ${read.table.sql} where ${none} and ${condition(read, request.window)} limit ${limit}`
  await read.session.each(
    sql,
    (values) => {
      rows.push(reader.row(values))
      return true
    },
    { bytes: reader.bytes },
  )
  return rows
}

export async function countRows(read: ReadPlace, job: TableJob, window: RowWindow): Promise<number> {
  const key = tableKey(job, read.table)
  const [row] = await read.session.rows(
    `select count(*) from ${read.table.sql} where ${[condition(read, window), ...hasKey(key)].join(' and ')}`,
  )
  return Number(row![0])
}

async function readPiece(
  read: ReadPlace,
  request: RowsRequest,
  key: TableKey,
  reader: RowReader,
  after: readonly string[] | null,
  limit: number,
  signal: AbortSignal,
): Promise<Piece> {
  const { session, table } = read
  const writer = mysqlWriter(table)
  const columns = key.columns.map(({ column }) => column)
  const order = columns.map(({ name }) => writer.name(name)).join(', ')
  const wanted = [condition(read, request.window), ...hasKey(key)]
  if (after !== null) wanted.push(behindKey(columns, after, writer))
  let end = `order by ${order} limit ${limit}`
  let bounded = true
  if (!key.unique) {
    // Rows with the same key must not be torn apart: the walk goes on behind them.
    const bound = await boundary(
      read,
      key,
      `${wanted.join(' and ')} order by ${order} limit 1 offset ${limit - 1}`,
      signal,
    )
    bounded = bound !== null
    if (bound !== null) wanted.push(`not ${behindKey(columns, bound, writer)}`)
    end = `order by ${order}`
  }

  const rows: SourceRow[] = []
  const zeroBefore = reader.zeroDates()
  let lastRow: readonly MysqlValue[] = []
  let size = 0
  let cut = false
  await session.each(
    `select ${reader.select} from ${table.sql} where ${wanted.join(' and ')} ${end}`,
    (values) => {
      const row = reader.row(values)
      rows.push(row)
      size += row.json.length
      lastRow = values
      cut = key.unique && size > mostHeld
      return !cut
    },
    { bytes: reader.bytes, signal },
  )
  const stands =
    rows.length === 0 ? null : key.columns.map((column, index) => column.text(lastRow[reader.keyAt + index]!))
  const done = !cut && (key.unique ? rows.length < limit : !bounded)
  if (!done && stands !== null && after?.every((part, index) => part === stands[index]))
    throw new SourceError({
      code: 'SOURCE_FAILING',
      message: `${describePlace(read.place)} gives the same rows of ${table.sql} again and again`,
      hint: 'an index of its key may be damaged: let its administrator check the table',
    })
  return {
    rows,
    // Postgres, where the place is kept, knows no such text.
    last: stands?.some((part) => part.includes('\0')) ? null : stands,
    zeroDates: reader.zeroDates() - zeroBefore,
    end: stands,
    done,
    size,
  }
}

/** The key that the last row of a chunk has; null: fewer rows are left. */
async function boundary(
  { session, table }: ReadPlace,
  key: TableKey,
  where: string,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  let bound: readonly string[] | null = null
  const select = key.columns.map(({ expression }) => expression).join(', ')
  await session.each(
    `select ${select} from ${table.sql} where ${where}`,
    (values) => {
      bound = key.columns.map((column, index) => column.text(values[index]!))
      return true
    },
    { bytes: key.columns.map(({ bytes }) => bytes), signal },
  )
  return bound
}

function condition({ table }: ReadPlace, window: RowWindow): string {
  return windowCondition(window, mysqlWriter(table))
}

function hasKey({ nullable }: TableKey): readonly string[] {
  return nullable.map((name) => `${name} is not null`)
}

/** So many rows as will likely not be given up early. */
function nextLimit({ rows, size }: Piece, chunkRows: number): number {
  if (size * 2 < mostHeld) return chunkRows
  return Math.max(1, Math.min(chunkRows, Math.floor((rows.length * mostHeld) / (size * 2))))
}
