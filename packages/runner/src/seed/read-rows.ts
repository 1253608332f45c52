import { StrataError } from '@strata/core'
import type { CsvBatch, CsvRecord } from './read-csv.ts'

/** A record with a value for every column. */
export type Row = CsvRecord

/** Takes the header off and sees that every row has as many values as there are columns. Throws `SEED_ROW`. */
export async function* rowsBelow(
  file: string,
  batches: AsyncIterable<CsvBatch>,
  columns: number,
): AsyncGenerator<CsvBatch> {
  let header = true
  for await (const batch of batches) {
    const rows = header ? batch.records.slice(1) : batch.records
    if (batch.records.length > 0) header = false
    for (const row of rows) {
      const found = row.values.length
      // An empty line is a row of nulls, as in dbt.
      if (found !== columns && found !== 0) throw ragged(file, row, columns)
    }
    yield { ...batch, records: rows }
  }
}

function ragged(file: string, row: CsvRecord, columns: number): StrataError {
  const found = row.values.length
  return new StrataError({
    code: 'SEED_ROW',
    message: `${file}:${row.line}: the row has ${found} ${found === 1 ? 'value' : 'values'}, and the header ${columns} ${columns === 1 ? 'column' : 'columns'}`,
    hint: 'A value that holds the delimiter stands in quotes; a value that is missing is left empty between its delimiters.',
  })
}
