/** A mistake in CSV text. */
export interface CsvMistake {
  readonly message: string
  /** Of the text, from 1. */
  readonly line: number
}

/**
 * Rows of CSV text by the names in its first line, as Python's `csv` reads them: empty lines are skipped, an empty value is null, a
 * short row ends in nulls.
 */
export function parseCsv(
  text: string,
  delimiter = ',',
): {
  readonly rows: readonly { readonly [column: string]: string | null }[]
  readonly mistake: CsvMistake | null
} {
  const [header, ...records] = readRecords(text.replace(/^\ufeff/, ''), delimiter)
  if (header === undefined) return { rows: [], mistake: null }
  const columns = header.values.map((name) => name.trim())
  const twice = columns.find((name, index) => columns.indexOf(name) !== index)
  if (twice !== undefined)
    return {
      rows: [],
      mistake: { message: `the column "${twice}" stands twice in the header`, line: header.line },
    }
  const long = records.find(({ values }) => values.length > columns.length)
  if (long !== undefined) {
    const message = `a row has ${long.values.length} values, and the header ${columns.length} columns`
    return { rows: [], mistake: { message, line: long.line } }
  }
  const rows = records.map(({ values }) =>
    Object.fromEntries(columns.map((column, index) => [column, values[index] || null])),
  )
  return { rows, mistake: null }
}

interface CsvLine {
  readonly values: readonly string[]
  readonly line: number
}

function readRecords(text: string, delimiter: string): readonly CsvLine[] {
  const records: CsvLine[] = []
  const plain = `[^${delimiter.replace(/[\\\]^-]/g, '\\$&')}\\r\\n]*`
  const value = new RegExp(`"((?:[^"]|"")*)"?(${plain})|(${plain})`, 'y')
  let at = 0
  let line = 1
  while (at < text.length) {
    const values: string[] = []
    const start = line
    let next: string | undefined
    do {
      value.lastIndex = at
      const [whole, quoted, behind = '', bare] = value.exec(text)!
      values.push(quoted === undefined ? bare! : quoted.replaceAll('""', '"') + behind)
      line += whole.split('\n').length - 1
      at += whole.length
      next = text[at]
      if (next === delimiter) at++
    } while (next === delimiter)
    at += text.startsWith('\r\n', at) ? 2 : 1
    line++
    if (values.length > 1 || values[0] !== '') records.push({ values, line: start })
  }
  return records
}
