import { TextDecoder } from 'node:util'
import { StrataError } from '@strata/core'

export interface CsvRecord {
  /** Empty for an empty line. */
  readonly values: readonly string[]
  /** Where it begins; counts from 1. */
  readonly line: number
  /** As it stands in the file, without its end. */
  readonly text: string
}

export interface CsvSource {
  /** For people. */
  readonly file: string
  /** One character. */
  readonly delimiter: string
  readonly bytes: AsyncIterable<Uint8Array>
}

/** No value is longer; a quote that is never closed would otherwise take the rest of a large file into memory. */
const maxRecordLength = 64 * 1024 * 1024

/**
 * Yields the records of a CSV file, header included, some thousands at a time. Takes what Python's `csv` module takes, which
 * reads dbt's seeds: text after a closing quote belongs to the value, a quote inside of an unquoted value is a
 * character, every kind of line end becomes `\n`. Throws `StrataError` (`SEED_ENCODING`, `SEED_SYNTAX`, `SEED_UNREADABLE`).
 */
export async function* readCsv(source: CsvSource): AsyncGenerator<readonly CsvRecord[]> {
  const { file } = source
  const scanner = createScanner(source.delimiter, file)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  let line = 1

  const take = (more: string, final: boolean): readonly CsvRecord[] => {
    const text = rest + more
    const records: CsvRecord[] = []
    let from = 0
    while (from < text.length) {
      const next = scanner.scan(text, from, final, line)
      if (next === -1) break
      records.push({ values: scanner.values, line, text: text.slice(from, scanner.end) })
      line += 1 + scanner.newlines
      from = next
    }
    rest = text.slice(from)
    if (rest.length > maxRecordLength)
      throw syntaxError(file, line, 1, 'a record is longer than 64 million characters')
    return records
  }

  try {
    for await (const chunk of source.bytes) {
      const text = decode(decoder, chunk, file, line)
      if (text.includes('\0')) throw encodingError(file, line, 'holds a NUL character')
      yield take(text, false)
    }
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? unreadable(file, error) : error
  }
  yield take(decode(decoder, undefined, file, line), true)
}

/** Line and column where a value of a record begins, both from 1; the column counts characters. */
export function placeOfValue(
  record: CsvRecord,
  index: number,
  delimiter: string,
): { readonly line: number; readonly column: number } {
  const scanner = createScanner(delimiter, '')
  scanner.scan(record.text, 0, true, record.line)
  const before = record.text.slice(0, scanner.starts[index] ?? 0).split(/\r\n|\r|\n/)
  return { line: record.line + before.length - 1, column: [...before.at(-1)!].length + 1 }
}

interface Scanner {
  /** Of the record scanned last. */
  values: readonly string[]
  starts: readonly number[]
  end: number
  /** Line ends inside of its values. */
  newlines: number
  /** Where the next record begins; -1: this one is not complete. */
  scan(text: string, from: number, final: boolean, line: number): number
}

const [quote, lf, cr] = [34, 10, 13]

function createScanner(delimiter: string, file: string): Scanner {
  const separator = delimiter.charCodeAt(0)
  const scanner: Scanner = { values: [], starts: [], end: 0, newlines: 0, scan }
  return scanner

  function scan(text: string, from: number, final: boolean, line: number): number {
    const values: string[] = []
    const starts: number[] = []
    const { length } = text
    let newlines = 0
    let at = from
    for (;;) {
      let value = ''
      starts.push(at)
      if (text.charCodeAt(at) === quote) {
        const opened = at++
        for (;;) {
          const close = text.indexOf('"', at)
          if (close === -1 && final) {
            const { line: ofQuote, column } = placeIn(text, from, opened, line)
            throw syntaxError(file, ofQuote, column, 'the quote that opens a value here is never closed')
          }
          if (close === -1 || (close + 1 === length && !final)) return -1
          value += text.slice(at, close)
          at = close + 1
          if (text.charCodeAt(at) !== quote) break
          value += '"'
          at++
        }
        if (value.includes('\r')) value = value.replace(/\r\n?/g, '\n')
        if (value.includes('\n')) newlines += value.split('\n').length - 1
      }
      const start = at
      let code = text.charCodeAt(at)
      while (at < length && code !== separator && code !== lf && code !== cr) code = text.charCodeAt(++at)
      if (at === length && !final) return -1
      if (at > start) value = value === '' ? text.slice(start, at) : value + text.slice(start, at)
      values.push(value)
      if (at < length && code === separator) {
        at++
        continue
      }
      if (code === cr && at + 1 === length && !final) return -1
      scanner.values = at === from ? [] : values
      scanner.starts = starts
      scanner.end = at
      scanner.newlines = newlines
      return at + (code === cr && text.charCodeAt(at + 1) === lf ? 2 : 1)
    }
  }
}

function placeIn(text: string, from: number, at: number, line: number): { line: number; column: number } {
  const before = text.slice(from, at).split(/\r\n|\r|\n/)
  return { line: line + before.length - 1, column: [...before.at(-1)!].length + 1 }
}

function decode(decoder: TextDecoder, chunk: Uint8Array | undefined, file: string, line: number): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
  } catch {
    throw encodingError(file, line, 'is not UTF-8')
  }
}

function encodingError(file: string, line: number, what: string): StrataError {
  return new StrataError({
    code: 'SEED_ENCODING',
    message: `${file} ${what}, somewhere after line ${line}`,
    hint: 'Save the file as UTF-8 text; a spreadsheet calls that "CSV UTF-8".',
  })
}

function syntaxError(file: string, line: number, column: number, message: string): StrataError {
  return new StrataError({
    code: 'SEED_SYNTAX',
    message: `${file}:${line}:${column}: ${message}`,
    hint: 'Close the quote, or write a quote that belongs to a quoted value twice.',
  })
}

function unreadable(file: string, cause: Error): StrataError {
  return new StrataError({
    code: 'SEED_UNREADABLE',
    message: `cannot read ${file}: ${'code' in cause ? String(cause.code) : cause.message}`,
    hint: 'See whether the file is still there, and who may read it.',
    cause,
  })
}
