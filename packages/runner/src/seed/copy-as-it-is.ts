import { createHash } from 'node:crypto'
import {
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type RelationName,
  type SeedTable,
  type Session,
} from '@strata/core'
import { createMeter } from './copy-rows.ts'
import { isRefusal } from './locate-refusal.ts'
import type { SeedFileColumn, SeedReading } from './read-columns.ts'

/** Keeps the bytes that somebody reads for somebody else. */
export interface PassedBytes {
  readonly bytes: AsyncIterable<Uint8Array>
  /** What passed since it was taken last. */
  take(): readonly Uint8Array[]
  /** How many bytes wait to be taken. */
  waiting(): number
  /** Keeps no more. */
  forget(): void
  /** Of all that passed, SHA-256 in hexadecimal digits. */
  checksum(): string
}

export interface AsItIs {
  readonly delimiter: string
  readonly reading: SeedReading
  readonly passed: PassedBytes
  /** What the file must have. */
  readonly checksum: string
  /** Makes an empty table. */
  create(columns: readonly SeedFileColumn[]): Promise<SeedTable>
  progress(rows: number): void
}

export interface FilledTable {
  readonly table: SeedTable
  readonly rows: number
}

export function passing(bytes: AsyncIterable<Uint8Array>): PassedBytes {
  const hash = createHash('sha256')
  let passed: Uint8Array[] = []
  let waiting = 0
  let keeps = true
  const drop = (): void => {
    passed = []
    waiting = 0
  }
  return {
    bytes: (async function* () {
      for await (const chunk of bytes) {
        if (keeps) {
          hash.update(chunk)
          passed.push(chunk)
          waiting += chunk.length
        }
        yield chunk
      }
    })(),
    take() {
      const taken = passed
      drop()
      return taken
    },
    waiting: () => waiting,
    forget() {
      keeps = false
      drop()
    },
    checksum: () => hash.digest('hex'),
  }
}

/** Bytes after which the types of columns are taken for granted, until a value says otherwise. */
const enough = 1024 * 1024

/**
 * Reads a seed once for both its types and its rows: a table is made for what the first megabyte promises, and takes the bytes of the file
 * as they are while the rest is read to see whether it keeps the promise. Returns the table and how many rows it has; null where it does not, where COPY
 * would not read the file as we do, where Postgres refuses a value, or where the file changed: then there is no table, and `reading`
 * has come to some place of the file.
 */
export async function copyAsItIs(transaction: Session, load: AsItIs): Promise<FilledTable | null> {
  const { delimiter, reading, passed } = load
  const meter = createMeter(load.progress)
  let rows: number | null
  do {
    rows = await reading.readOn()
    meter.add(rows ?? 0)
  } while (rows !== null && passed.waiting() < enough)
  const { columns } = reading.found()
  const promised = typesOf(columns)
  const keepsPromise = () => reading.asCopyReads() && typesOf(reading.found().columns) === promised
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield* passed.take()
    for (let rows = await reading.readOn(); rows !== null; rows = await reading.readOn()) {
      if (!keepsPromise()) throw new BrokenPromise()
      meter.add(rows)
      yield* passed.take()
    }
    if (passed.checksum() !== load.checksum) throw new BrokenPromise()
  }
  // COPY takes one byte.
  if (reading.asCopyReads() && delimiter.charCodeAt(0) < 128) {
    await transaction.query('savepoint strata_as_it_is')
    try {
      const table = await load.create(columns)
      const rows = await transaction.copyIn(statementFor(table.into, delimiter, columns), chunks())
      await transaction.query('release savepoint strata_as_it_is')
      meter.end()
      return { table, rows }
    } catch (error) {
      if (!(error instanceof BrokenPromise) && !isRefusal(error)) throw error
      await transaction.query('rollback to savepoint strata_as_it_is')
    }
  }
  passed.forget()
  return null
}

class BrokenPromise extends Error {}

function typesOf(columns: readonly SeedFileColumn[]): string {
  return columns.map(({ inferred }) => inferred).join()
}

/** An empty value is null, quoted or not. */
function statementFor(into: RelationName, delimiter: string, columns: readonly SeedFileColumn[]): string {
  const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ')
  const options = `format csv, header, delimiter ${quoteLiteral(delimiter)}, force_null (${names})`
  return `copy ${quoteRelation(into)} (${names}) from stdin (${options})`
}
