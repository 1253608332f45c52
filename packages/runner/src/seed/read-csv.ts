import { StrataError } from '@strata/core'
import Papa from 'papaparse'
import { countLineEnds, readText } from './read-text.ts'
import { createTidyQuotes } from './tidy-quotes.ts'

export interface CsvRecord {
  /** Empty for an empty line. */
  readonly values: readonly string[]
  /** Where it begins; counts from 1. */
  readonly line: number
}

/** Some hundred records. */
export interface CsvBatch {
  readonly records: readonly CsvRecord[]
  /** Whether COPY's CSV format would read them, and what was before them, alike. May be a false alarm. */
  readonly asCopyReads: boolean
}

export interface CsvSource {
  /** For people. */
  readonly file: string
  /** One character. */
  readonly delimiter: string
  readonly bytes: AsyncIterable<Uint8Array>
}

/** No record is longer; a quote that is never closed would otherwise take the rest of a large file into memory. */
const maxRecordLength = 64 * 1024 * 1024

/**
 * Yields the records of a CSV file, header included. Takes what Python's `csv` module takes, which
 * reads dbt's seeds: text after a closing quote belongs to the value, a quote inside of an unquoted value is a
 * character, every kind of line end becomes `\n`. Throws `StrataError` (`SEED_SYNTAX`, and what `readText` throws).
 */
export async function* readCsv(source: CsvSource): AsyncGenerator<CsvBatch> {
  const { file, delimiter } = source
  const parse = createParser(delimiter)
  let rest = ''
  let line = 1
  let asCopyReads = true
  const ends = { hasReturns: false, hasInner: false }
  const take = (text: string): CsvBatch => {
    const firstLine = line
    const parsed = parse(text)
    rest = parsed.text.slice(parsed.end)
    const records = recordsOf(parsed, line)
    const last = records.at(-1)
    if (last !== undefined) line = last.line + 1 + lineEndsIn(last.values)
    ends.hasInner ||= line - firstLine > records.length
    // Where a value holds a line end, COPY takes it as it is in the file.
    asCopyReads &&= parsed.asCopyReads && !(ends.hasReturns && ends.hasInner)
    return { records, asCopyReads }
  }

  let ahead = ''
  for await (const more of readText(file, noting(source.bytes, ends))) {
    ahead += more
    // A long record is not looked through again for every piece that it grows by.
    if (ahead.length < rest.length) continue
    const text = rest + ahead
    ahead = ''
    yield take(text)
    if (rest.length > maxRecordLength)
      throw syntaxError(file, line, 1, 'a record is longer than 64 million characters')
  }
  const last = rest + ahead
  if (last === '') return
  yield take(last.endsWith('\n') ? last : `${last}\n`)
  if (rest !== '') throw neverClosed(file, line, rest, delimiter)
}

async function* noting(
  bytes: AsyncIterable<Uint8Array>,
  ends: { hasReturns: boolean },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    ends.hasReturns ||= chunk.includes(13)
    yield chunk
  }
}

interface Parsed {
  /** What was parsed, with tidy quotes. */
  readonly text: string
  readonly rows: readonly (readonly string[])[]
  /** Where the first record begins that is not complete. */
  readonly end: number
  readonly asCopyReads: boolean
}

function createParser(delimiter: string): (text: string) => Parsed {
  const parser = new Papa.Parser({ delimiter, newline: '\n' })
  const quotes = createTidyQuotes(delimiter)
  return (given) => {
    const isTidy = quotes.areTidy(given)
    const text = isTidy ? given : quotes.tidy(given)
    const { data: rows, meta } = parser.parse(text, 0, true) as Papa.ParseResult<string[]>
    const asCopyReads = isTidy && !(text.includes('\\.') && endOfData.test(text))
    return { text, rows, end: meta.cursor, asCopyReads }
  }
}

/** A line of these two ends what COPY takes. */
const endOfData = /^\\\.$/m

function recordsOf({ text, rows, end }: Parsed, firstLine: number): readonly CsvRecord[] {
  const records: CsvRecord[] = []
  const mayHoldLineEnds = text.includes('"') && countLineEnds(text.slice(0, end)) > rows.length
  let lines: readonly string[] | null = null
  let line = firstLine
  for (const row of rows) {
    let values: readonly string[] = row
    if (row.length === 1 && row[0] === '') {
      lines ??= text.split('\n')
      // It may be a pair of quotes.
      if (lines[line - firstLine] === '') values = []
    }
    records.push({ values, line })
    line += 1 + (mayHoldLineEnds ? lineEndsIn(values) : 0)
  }
  return records
}

function lineEndsIn(values: readonly string[]): number {
  let count = 0
  for (const value of values) if (value.includes('\n')) count += countLineEnds(value)
  return count
}

function neverClosed(file: string, line: number, record: string, delimiter: string): StrataError {
  const { errors } = new Papa.Parser({ delimiter, newline: '\n' }).parse(
    record,
    0,
    false,
  ) as Papa.ParseResult<string[]>
  const inside = errors.find(({ code }) => code === 'MissingQuotes')?.index ?? 1
  const before = record.slice(0, inside - 1).split('\n')
  return syntaxError(
    file,
    line + before.length - 1,
    [...before.at(-1)!].length + 1,
    'the quote that opens a value here is never closed',
  )
}

function syntaxError(file: string, line: number, column: number, message: string): StrataError {
  return new StrataError({
    code: 'SEED_SYNTAX',
    message: `${file}:${line}:${column}: ${message}`,
    hint: 'Close the quote, or write a quote that belongs to a quoted value twice.',
  })
}
