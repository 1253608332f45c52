import { type SeedColumn, type SeedConfig, StrataError } from '@strata/core'
import { createTypeInference, type InferredType } from './column-types.ts'
import { type CsvBatch, type CsvSource, readCsv } from './read-csv.ts'
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

/** A seed that is read for its columns, as far as somebody has read on. */
export interface SeedReading {
  /** Reads some hundred rows more; returns how many, and null at the end of the file. */
  readOn(): Promise<number | null>
  /** What the file is by what was read of it. */
  found(): SeedFile
  /** Whether COPY, in its CSV format and with these columns, would read what was read as we do. */
  asCopyReads(): boolean
}

/**
 * Begins to read a seed to find its columns and their types, in constant memory. Throws `SEED_DELIMITER`, `SEED_HEADER`,
 * and when it reads on, `SEED_ROW`; and what `readCsv` throws.
 */
export async function readColumns(source: CsvSource, config: SeedConfig): Promise<SeedReading> {
  refuseDelimiter(source)
  const batches = readCsv(source)
  const first = await firstBatch(batches)
  const header = readHeader(source.file, first.records[0], config.quoteColumns)
  const declared = header.map((column) => config.columnTypes[column.header])
  const inference = createTypeInference(declared.map((type) => type !== undefined))
  const emptyLines: number[] = []
  const rows = rowsBelow(source.file, after(first, batches), header.length)
  let asCopyReads = true
  return {
    async readOn() {
      const next = await rows.next()
      if (next.done === true) return null
      const { records } = next.value
      for (const { values, line } of records) {
        if (values.length > 0) inference.add(values)
        else emptyLines.push(line)
      }
      asCopyReads &&= next.value.asCopyReads && emptyLines.length === 0 && inference.isLiteral()
      return records.length
    },
    found() {
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
    },
    asCopyReads: () => asCopyReads,
  }
}

async function firstBatch(batches: AsyncGenerator<CsvBatch>): Promise<CsvBatch> {
  for (;;) {
    const { value, done } = await batches.next()
    if (done === true) return { records: [], asCopyReads: true }
    if (value.records.length > 0) return value
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
