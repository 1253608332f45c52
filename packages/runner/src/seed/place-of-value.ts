import type { CsvRecord, CsvSource } from './read-csv.ts'
import { countLineEnds, readText } from './read-text.ts'
import { fieldStarts } from './tidy-quotes.ts'

/** Reads the file again to tell where a value of a record begins: line and column from 1; the column counts characters. */
export async function placeOfValue(
  source: CsvSource,
  { line, values }: CsvRecord,
  index: number,
): Promise<{ readonly line: number; readonly column: number }> {
  const last = line + values.reduce((count, value) => count + countLineEnds(value), 0)
  const record = (await readLines(source, line, last)).join('\n')
  const before = record.slice(0, fieldStarts(record, source.delimiter)[index] ?? 0).split('\n')
  return { line: line + before.length - 1, column: [...before.at(-1)!].length + 1 }
}

async function readLines(source: CsvSource, first: number, last: number): Promise<readonly string[]> {
  const found: string[] = []
  let rest = ''
  let line = 1
  for await (const text of readText(source.file, source.bytes)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const text of lines) {
      if (line >= first && line <= last) found.push(text)
      line++
    }
    if (line > last) return found
  }
  return [...found, rest]
}
