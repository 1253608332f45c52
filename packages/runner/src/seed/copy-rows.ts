import { quoteIdentifier, quoteRelation, type RelationName } from '@strata/core'
import { encoderOf } from './column-types.ts'
import type { SeedFileColumn } from './read-columns.ts'
import type { CsvBatch } from './read-csv.ts'

/** How rows become lines of COPY's text format, one line a row. */
export interface RowCopy {
  readonly statement: string
  encode(values: readonly string[]): string
}

/** Values of an inferred type are written as Postgres takes them; what is declared reads the file's own text. */
export function createRowCopy(into: RelationName, columns: readonly SeedFileColumn[]): RowCopy {
  const names = columns.map(({ name }) => quoteIdentifier(name))
  const encoders = columns.map(({ inferred }) => {
    const encode = encoderOf(inferred ?? 'text')
    return (inferred ?? 'text') === 'text' ? (value: string) => escaped(encode(value)) : encode
  })
  const ofNulls = `${columns.map(() => '\\N').join('\t')}\n`
  return {
    statement: `copy ${quoteRelation(into)} (${names.join(', ')}) from stdin`,
    encode(values) {
      if (values.length === 0) return ofNulls
      let line = encoders[0]!(values[0]!) ?? '\\N'
      for (let index = 1; index < encoders.length; index++)
        line += `\t${encoders[index]!(values[index]!) ?? '\\N'}`
      return `${line}\n`
    },
  }
}

/** Yields the lines of the rows, and tells now and then how many there were. */
export async function* linesOf(
  copy: RowCopy,
  batches: AsyncIterable<CsvBatch>,
  progress: (rows: number) => void,
): AsyncGenerator<string> {
  const meter = createMeter(progress)
  for await (const { records } of batches) {
    let lines = ''
    for (const { values } of records) lines += copy.encode(values)
    meter.add(records.length)
    yield lines
  }
  meter.end()
}

/** Tells at every ten thousand rows how many there were, and at the end. */
export function createMeter(progress: (rows: number) => void): { add(rows: number): void; end(): void } {
  let [rows, told] = [0, 0]
  return {
    add(more) {
      rows += more
      for (; rows - told >= tellEvery; told += tellEvery) progress(told + tellEvery)
    },
    end() {
      if (rows > told) progress(rows)
    },
  }
}

const tellEvery = 10_000

function escaped(value: string | null): string | null {
  return value !== null && special.test(value) ? value.replace(everySpecial, escapeOf) : value
}

const special = /[\\\t\n]/
const everySpecial = /[\\\t\n]/g
const escapeOf = (character: string): string =>
  character === '\n' ? '\\n' : character === '\t' ? '\\t' : '\\\\'
