import { createHash, type Hash } from 'node:crypto'
import { type RelationName, type SeedStep, type Session, StrataError } from '@strata/core'
import { createRowCopy, linesOf } from './copy-rows.ts'
import { isRefusal, locateRefusal } from './locate-refusal.ts'
import type { SeedFileColumn } from './read-columns.ts'
import { readCsv } from './read-csv.ts'
import { rowsBelow } from './read-rows.ts'

export interface SeedLoad {
  readonly step: SeedStep
  readonly into: RelationName
  readonly columns: readonly SeedFileColumn[]
  /** Called once, and twice more where a value is refused. */
  open(): AsyncIterable<Uint8Array>
  progress(rows: number): void
}

/**
 * Fills an empty table with the rows of a seed; returns how many. Throws `SEED_VALUE` with the place of a value that
 * Postgres refuses, `SEED_CHANGED` when the file is not the one that was compiled, and what reading it throws.
 */
export async function loadSeed(transaction: Session, load: SeedLoad): Promise<number> {
  const { columns, step, into } = load
  const { file, config, checksum } = step
  const copy = createRowCopy(into, columns)
  const hash = createHash('sha256')
  const source = (bytes: AsyncIterable<Uint8Array>) => ({ file, delimiter: config.delimiter, bytes })
  const rowsOf = (bytes: AsyncIterable<Uint8Array>) => rowsBelow(file, readCsv(source(bytes)), columns.length)
  await transaction.query('savepoint strata_load')
  let copied: number
  try {
    const rows = rowsOf(hashing(load.open(), hash))
    copied = await transaction.copyIn(copy.statement, linesOf(copy, rows, load.progress))
  } catch (error) {
    if (!isRefusal(error)) throw error
    await transaction.query('rollback to savepoint strata_load')
    throw await locateRefusal(transaction, copy, {
      columns,
      rows: () => rowsOf(load.open()),
      source: () => source(load.open()),
      refusal: error,
    })
  }
  await transaction.query('release savepoint strata_load')
  if (hash.digest('hex') !== checksum) throw changed(file)
  return copied
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
