import { DatabaseError, type SeedColumn, type Session, StrataError } from '@strata/core'
import type { RowCopy } from './copy-rows.ts'
import { placeOfValue } from './place-of-value.ts'
import type { CsvBatch, CsvRecord, CsvSource } from './read-csv.ts'

/** Data exceptions and integrity constraint violations: the value is to blame. */
export function isRefusal(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && /^2[23]/.test(error.sqlstate ?? '')
}

export interface Refused {
  readonly columns: readonly SeedColumn[]
  /** The rows that were copied, read anew. */
  rows(): AsyncIterable<CsvBatch>
  source(): CsvSource
  readonly refusal: DatabaseError
}

/**
 * Finds the value that Postgres refused. Postgres names the row by its number, and the value, which must not be shown: so the row
 * is tried alone, with ever more of its values. The table is empty when it begins, and again when it ends.
 */
export async function locateRefusal(
  transaction: Session,
  copy: RowCopy,
  refused: Refused,
): Promise<StrataError> {
  const { columns, refusal } = refused
  const { file } = refused.source()
  const because = `SQLSTATE ${refusal.sqlstate}`
  const row = refusal.copyLine === undefined ? null : await nth(refused.rows(), refusal.copyLine)
  const index = row === null ? null : await firstRefused(transaction, copy, row)
  const column = index === null ? undefined : columns[index]
  if (row === null || index === null || column === undefined) {
    const { constraint, column: named } = refusal
    const rule = constraint ? ` by ${constraint}` : named ? ` by column "${named}"` : ''
    return refusedValue(
      row === null
        ? `${file}: one of the rows is refused${rule} (${because})`
        : `${file}:${row.line}: the row is refused${rule} (${because})`,
    )
  }
  const place = await placeOfValue(refused.source(), row, index)
  return refusedValue(
    `${file}:${place.line}:${place.column}: the value of column "${column.name}" cannot be taken as ${column.type} (${because})`,
  )
}

/** Null where the row is taken now, or with no value at all: a column takes no nulls, say, and no value is to blame. */
async function firstRefused(
  transaction: Session,
  copy: RowCopy,
  { values }: CsvRecord,
): Promise<number | null> {
  for (let count = 0; count <= values.length; count++) {
    const some = values.map((value, index) => (index < count ? value : ''))
    if (await isRefused(transaction, copy, some)) return count === 0 ? null : count - 1
  }
  return null
}

async function isRefused(transaction: Session, copy: RowCopy, values: readonly string[]): Promise<boolean> {
  await transaction.query('savepoint strata_locate')
  try {
    await transaction.copyIn(
      copy.statement,
      (async function* () {
        yield copy.encode(values)
      })(),
    )
    return false
  } catch (error) {
    if (!isRefusal(error)) throw error
    return true
  } finally {
    await transaction.query('rollback to savepoint strata_locate')
    await transaction.query('release savepoint strata_locate')
  }
}

async function nth(batches: AsyncIterable<CsvBatch>, number: number): Promise<CsvRecord | null> {
  let passed = 0
  for await (const { records } of batches) {
    if (number <= passed + records.length) return records[number - passed - 1] ?? null
    passed += records.length
  }
  return null
}

function refusedValue(message: string): StrataError {
  return new StrataError({
    code: 'SEED_VALUE',
    message,
    hint: 'Nothing was changed. Correct the value, or declare another type for the column under column_types.',
  })
}
