import { type SeedColumn, type SeedConfig, StrataError } from '@strata/core'
import { createTypeInference, type InferredType } from './column-types.ts'
import { type CsvRecord, type CsvSource, readCsv } from './read-csv.ts'
import { readHeader } from './read-header.ts'
import { rowsBelow } from './read-rows.ts'

export interface SeedFileColumn extends SeedColumn {
  /** Null: the type is declared. */
  readonly inferred: InferredType | null
}

export interface SeedFile {
  readonly columns: readonly SeedFileColumn[]
  /** Numbers of the empty lines, which are rows of nulls. */
  readonly emptyLines: readonly number[]
  /** Names in `column_types` that the header does not have. */
  readonly unknownColumns: readonly string[]
}

/**
 * Reads a seed once to find its columns and their types, in constant memory. Throws `SEED_DELIMITER`, `SEED_HEADER`,
 * `SEED_ROW` and what `readCsv` throws.
 */
export async function readColumns(source: CsvSource, config: SeedConfig): Promise<SeedFile> {
  refuseDelimiter(source)
  const records = readCsv(source)
  const first = await firstBatch(records)
  const header = readHeader(source.file, first[0], config.quoteColumns)

  const declared = header.map((column) => config.columnTypes[column.header])
  const inference = createTypeInference(declared.map((type) => type !== undefined))
  const emptyLines: number[] = []
  for await (const batch of rowsBelow(source.file, after(first, records), header.length)) {
    for (const { values, line } of batch) {
      if (values.length > 0) inference.add(values)
      else emptyLines.push(line)
    }
  }
  const types = inference.types()
  const columns = header.map(({ name }, index): SeedFileColumn => {
    const type = declared[index]
    return type === undefined
      ? { name, type: types[index]!, inferred: types[index]! }
      : { name, type, inferred: null }
  })
  const known = new Set(header.map((column) => column.header))
  const unknownColumns = Object.keys(config.columnTypes).filter((name) => !known.has(name))
  return { columns, emptyLines, unknownColumns }
}

async function firstBatch(records: AsyncGenerator<readonly CsvRecord[]>): Promise<readonly CsvRecord[]> {
  for (;;) {
    const { value, done } = await records.next()
    if (done === true) return []
    if (value.length > 0) return value
  }
}

async function* after<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first
  yield* rest
}

function refuseDelimiter({ file, delimiter }: CsvSource): void {
  if ([...delimiter].length === 1 && delimiter.length === 1 && !/["\r\n]/.test(delimiter)) return
  throw new StrataError({
    code: 'SEED_DELIMITER',
    message: `the delimiter of ${file} is not one character`,
    hint: 'Write it as delimiter: ";" or, for a tab, delimiter: "\\t" in double quotes.',
  })
}
