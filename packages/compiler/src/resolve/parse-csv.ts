import Papa from 'papaparse'

/** A mistake in CSV text. */
export interface CsvMistake {
  readonly message: string
  /** Of the text, from 1. */
  readonly line: number
}

interface CsvRow {
  readonly values: readonly string[]
  readonly line: number
}

/**
 * Rows of CSV text by the names in its first line: empty lines are skipped, an empty value is null, a short row ends in nulls.
 */
export function parseCsv(
  text: string,
  delimiter = ',',
): {
  readonly rows: readonly { readonly [column: string]: string | null }[]
  /** Of the header, then of each row. */
  readonly lines: readonly number[]
  readonly mistake: CsvMistake | null
} {
  const [header, ...records] = readRecords(text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n'), delimiter)
  if (header === undefined) return { rows: [], lines: [], mistake: null }
  const columns = header.values.map((name) => name.trim())
  const twice = columns.find((name, index) => columns.indexOf(name) !== index)
  if (twice !== undefined)
    return {
      rows: [],
      lines: [],
      mistake: { message: `the column "${twice}" stands twice in the header`, line: header.line },
    }
  const long = records.find(({ values }) => values.length > columns.length)
  if (long !== undefined) {
    const message = `a row has ${long.values.length} values, and the header ${columns.length} columns`
    return { rows: [], lines: [], mistake: { message, line: long.line } }
  }
  const rows = records.map(({ values }) =>
    Object.fromEntries(columns.map((column, index) => [column, values[index] || null])),
  )
  return { rows, lines: [header, ...records].map(({ line }) => line), mistake: null }
}

function readRecords(text: string, delimiter: string): readonly CsvRow[] {
  const records: CsvRow[] = []
  let line = 1
  let at = 0
  Papa.parse<string[]>(text, {
    delimiter,
    newline: '\n',
    step({ data: values, meta: { cursor } }) {
      if (values.length > 1 || values[0] !== '') records.push({ values, line })
      line += text.slice(at, cursor).split('\n').length - 1
      at = cursor
    },
  })
  return records
}
