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
 * for a file without a header, and for names that occur twice.
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
    return { header, name: quoteColumns === false ? folded(header) : header }
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

/** What Postgres makes of a name without quotes; one that cannot do without keeps them. */
function folded(header: string): string {
  const name = header.trim()
  return /^[a-z_][a-z0-9_$]*$/i.test(name) ? name.toLowerCase() : name
}

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
