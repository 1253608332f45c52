import { DatabaseError, type SeedColumn, type Session, StrataError } from '@strata/core'
import type { RowInsert } from './load-rows.ts'
import { type CsvRecord, placeOfValue } from './read-csv.ts'

/** Data exceptions and integrity constraint violations: the value is to blame. */
export function isRefusal(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && /^2[23]/.test(error.sqlstate ?? '')
}

export interface RefusedBatch {
  readonly file: string
  readonly delimiter: string
  readonly columns: readonly SeedColumn[]
  readonly records: readonly CsvRecord[]
  readonly refusal: DatabaseError
}

/**
 * Finds the value that Postgres refused, by trying ever smaller parts of the batch: Postgres names the value, which must not
 * be shown, and not its place. The table is empty when it begins, and may be full of anything afterwards.
 */
export async function locateRefusal(
  transaction: Session,
  insert: RowInsert,
  batch: RefusedBatch,
): Promise<StrataError> {
  const refused = async (records: readonly CsvRecord[]): Promise<boolean> => {
    await transaction.query('savepoint strata_locate')
    try {
      await insert.send(insert.encode(records))
      return false
    } catch (error) {
      if (!isRefusal(error)) throw error
      return true
    } finally {
      await transaction.query('rollback to savepoint strata_locate')
      await transaction.query('release savepoint strata_locate')
    }
  }
  const { records } = batch
  let [good, bad] = [0, records.length]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (await refused(records.slice(good, middle))) bad = middle
    else good = middle
  }
  const row = records[good]
  if (row === undefined || !(await refused([row]))) return describe(batch, null, null)
  for (let count = 0; count < row.values.length; count++) {
    if (await refused([{ ...row, values: row.values.slice(0, count) }])) {
      // With no value at all: a column takes no nulls, say, and no value is to blame.
      return describe(batch, row, count === 0 ? null : count - 1)
    }
  }
  return describe(batch, row, row.values.length - 1)
}

function describe(batch: RefusedBatch, row: CsvRecord | null, index: number | null): StrataError {
  const { file, columns, refusal } = batch
  const because = `SQLSTATE ${refusal.sqlstate}`
  const column = index === null ? undefined : columns[index]
  if (row === null || index === null || column === undefined) {
    const [first, last] = [batch.records[0]!.line, batch.records.at(-1)!.line]
    const place =
      row === null ? `${file}: of the rows in lines ${first} to ${last}, ` : `${file}:${row.line}: `
    const { constraint, column: named } = refusal
    const rule = constraint ? ` by ${constraint}` : named ? ` by column "${named}"` : ''
    return refusedValue(`${place}${row === null ? 'one' : 'the row'} is refused${rule} (${because})`)
  }
  const place = placeOfValue(row, index, batch.delimiter)
  return refusedValue(
    `${file}:${place.line}:${place.column}: the value of column "${column.name}" cannot be taken as ${column.type} (${because})`,
  )
}

function refusedValue(message: string): StrataError {
  return new StrataError({
    code: 'SEED_VALUE',
    message,
    hint: 'Nothing was changed. Correct the value, or declare another type for the column under column_types.',
  })
}
