import { createHash, type Hash } from 'node:crypto'
import { type RelationName, type SeedStep, type Session, StrataError } from '@strata/core'
import { encoderOf, type InferredType } from './column-types.ts'
import { type Arrays, createInsert, type LoadColumn, type RowInsert, readCastTypes } from './load-rows.ts'
import { isRefusal, locateRefusal } from './locate-refusal.ts'
import type { SeedFileColumn } from './read-columns.ts'
import { type CsvRecord, readCsv } from './read-csv.ts'
import { rowsBelow } from './read-rows.ts'

export interface SeedLoad {
  readonly step: SeedStep
  readonly into: RelationName
  readonly columns: readonly SeedFileColumn[]
  readonly bytes: AsyncIterable<Uint8Array>
  progress(rows: number): void
}

/** Rows, or characters, that go to Postgres by one statement. */
const [batchRows, batchLength] = [10_000, 2_000_000]

/**
 * Fills an empty table with the rows of a seed; returns how many. Throws `SEED_VALUE` with the place of a value that
 * Postgres refuses, `SEED_CHANGED` when the file is not the one that was compiled, and what reading it throws.
 */
export async function loadSeed(transaction: Session, load: SeedLoad): Promise<number> {
  const { file, config, checksum } = load.step
  const insert = createInsert(transaction, load.into, await loadColumns(transaction, load))
  const hash = createHash('sha256')
  const source = { file, delimiter: config.delimiter, bytes: hashing(load.bytes, hash) }
  const inserted = await insertAll(
    transaction,
    insert,
    load,
    rowsBelow(file, readCsv(source), load.columns.length),
  )
  if (hash.digest('hex') !== checksum) throw changed(file)
  return inserted
}

async function insertAll(
  transaction: Session,
  insert: RowInsert,
  load: SeedLoad,
  batches: AsyncIterable<readonly CsvRecord[]>,
): Promise<number> {
  await transaction.query('savepoint strata_load')
  let inserted = 0
  // One statement is under way while the next rows are read and encoded.
  let underWay: Promise<void> = Promise.resolve()
  const send = async (arrays: Arrays, records: readonly CsvRecord[]): Promise<void> => {
    try {
      inserted += await insert.send(arrays)
      load.progress(inserted)
    } catch (error) {
      if (!isRefusal(error)) throw error
      await transaction.query('rollback to savepoint strata_load')
      const { file, config } = load.step
      const { columns } = load
      const batch = { file, delimiter: config.delimiter, columns, records, refusal: error }
      throw await locateRefusal(transaction, insert, batch)
    }
  }
  for await (const records of inBatches(batches)) {
    const arrays = insert.encode(records)
    await underWay
    underWay = send(arrays, records)
    // Awaited in the next round; until then its failure is nobody's.
    underWay.catch(() => {})
  }
  await underWay
  await transaction.query('release savepoint strata_load')
  return inserted
}

async function* inBatches(
  batches: AsyncIterable<readonly CsvRecord[]>,
): AsyncGenerator<readonly CsvRecord[]> {
  let records: CsvRecord[] = []
  let length = 0
  for await (const batch of batches) {
    for (const record of batch) {
      records.push(record)
      length += record.text.length
      if (records.length < batchRows && length < batchLength) continue
      yield records
      records = []
      length = 0
    }
  }
  if (records.length > 0) yield records
}

/** Columns of an inferred type get their values ready-made; the others get text, and a cast. */
async function loadColumns(transaction: Session, load: SeedLoad): Promise<readonly LoadColumn[]> {
  const types = load.columns.some((column) => column.inferred === null)
    ? await readCastTypes(transaction, load.into)
    : []
  return load.columns.map(({ name, inferred }, index): LoadColumn => {
    const arrives: InferredType = inferred ?? 'text'
    return { name, arrives, cast: inferred === null ? types[index]! : null, encode: encoderOf(arrives) }
  })
}

async function* hashing(bytes: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    hash.update(chunk)
    yield chunk
  }
}

function changed(file: string): StrataError {
  return new StrataError({
    code: 'SEED_CHANGED',
    message: `${file} was changed while the run was under way`,
    hint: 'Nothing was changed in the database. Run again.',
  })
}
