import Papa from 'papaparse'

/** One row of a text. */
export interface TextRow {
  readonly values: readonly string[]
  /** Which of the values stood in quotes; null: none. */
  readonly quoted: readonly boolean[] | null
  /** Of its beginning, from 1. */
  readonly line: number
  /** What is wrong with its quotes. */
  readonly mistake: string | null
}

export interface ParsedText {
  readonly rows: readonly TextRow[]
  /** What belongs to a row that has not come to its end. */
  readonly rest: string
  /** Of the beginning of the rest. */
  readonly line: number
}

export interface TextForm {
  readonly delimiter: string
  /** A carriage return before a line feed belongs to that. */
  readonly newline: '\n' | '\r'
}

const mistakes: { readonly [code: string]: string } = {
  MissingQuotes: 'a quote is opened here and never closed',
  InvalidQuotes: 'behind a closing quote there is more than the delimiter',
}

/**
 * The rows of a text that begins at a line. Empty lines are left out. `isLast`: nothing comes behind it, and its last row need not end with
 * a line break.
 */
export function parseRows(text: string, line: number, form: TextForm, isLast: boolean): ParsedText {
  const hasQuotes = text.includes('"')
  const rows: TextRow[] = []
  let at = 0
  let lineNow = line
  const parser = new Papa.Parser({
    delimiter: form.delimiter,
    newline: form.newline,
    step: ({ data, errors, meta: { cursor } }: Papa.ParseStepResult<string[][]>) => {
      const raw = hasQuotes ? text.slice(at, cursor) : null
      const row = toRow(data[0]!, raw, lineNow, form)
      at = cursor
      lineNow += raw === null ? 1 : raw.split(form.newline).length - 1
      const mistake = errors[0]
      if (mistake !== undefined) rows.push({ ...row, mistake: mistakes[mistake.code] ?? mistake.message })
      else if (row.values.length > 1 || row.values[0] !== '' || row.quoted?.[0]) rows.push(row)
    },
  })
  parser.parse(text, 0, !isLast)
  return { rows, rest: text.slice(at), line: lineNow }
}

function toRow(values: string[], raw: string | null, line: number, form: TextForm): TextRow {
  const quoted = raw?.includes('"') ? whichQuoted(values, raw, form.delimiter) : null
  const last = values.length - 1
  if (form.newline === '\n' && values[last]!.endsWith('\r') && !quoted?.[last])
    values[last] = values[last]!.slice(0, -1)
  return { values, quoted, line, mistake: null }
}

/** Where each value stands in its row follows from their lengths: within quotes a quote is written twice. */
function whichQuoted(values: readonly string[], raw: string, delimiter: string): readonly boolean[] {
  let at = 0
  return values.map((value) => {
    const isQuoted = raw[at] === '"'
    const behind = at + value.length + (isQuoted ? 2 + value.split('"').length - 1 : 0)
    // Blanks may follow a closing quote.
    at = raw.indexOf(delimiter, behind) + delimiter.length
    return isQuoted
  })
}
