import { type SeedConfig, StrataError } from '@strata/core'
import type { CsvRecord } from './read-csv.ts'

export interface HeaderColumn {
  /** As the file has it: what `column_types` speaks of. */
  readonly header: string
  /** As the table has it. */
  readonly name: string
}

/**
 * The columns that a header declares. A column without a name gets a letter by its place, as in dbt. Throws `SEED_HEADER`
 * for a file without a header, for names that occur twice, and for quotes that make no name.
 */
export function readHeader(
  file: string,
  record: CsvRecord | undefined,
  quoteColumns: SeedConfig['quoteColumns'],
): readonly HeaderColumn[] {
  if (record === undefined || record.values.length === 0)
    throw headerError(file, record?.line ?? 1, 'there is no header')
  const columns = record.values.map((value, index) => {
    const header = value === '' ? letterName(index) : value
    if (quoteColumns !== false) return { header, name: header }
    const name = bareName(header)
    if (name === null)
      throw headerError(
        file,
        record.line,
        `with quote_columns: false column ${index + 1} of the header stands in SQL as it is, and its quotes make no name`,
      )
    return { header, name }
  })
  const seen = new Map<string, number>()
  for (const [index, { name }] of columns.entries()) {
    const first = seen.get(name)
    if (first !== undefined)
      throw headerError(
        file,
        record.line,
        `columns ${first + 1} and ${index + 1} of the header are both "${name}"`,
      )
    seen.set(name, index)
  }
  return columns
}

/**
 * What Postgres makes of a name as it stands in SQL: folded, or what is between its quotes. One that would have to be quoted is
 * taken as written; null where there are quotes in it that are not around it.
 */
function bareName(header: string): string | null {
  const name = header.trim()
  if (plainName.test(name)) return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  if (!name.includes('"')) return name
  return /^"(?:[^"]|"")+"$/.test(name) ? name.slice(1, -1).replaceAll('""', '"') : null
}

// To Postgres all that is not ASCII is a letter, and keeps its case.
const plainName = /^[A-Za-z_\u{80}-\u{10ffff}][\w$\u{80}-\u{10ffff}]*$/u

/** a, b, … z, aa, bb, … */
function letterName(index: number): string {
  return String.fromCharCode(97 + (index % 26)).repeat(Math.floor(index / 26) + 1)
}

function headerError(file: string, line: number, message: string): StrataError {
  return new StrataError({
    code: 'SEED_HEADER',
    message: `${file}:${line}: ${message}`,
    hint: 'The first line of a seed names its columns, each once.',
  })
}
