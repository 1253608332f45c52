import type { Diagnostic, Fixture, FixtureRow, Json, Location } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { SourceText } from '../project/project-file.ts'
import { parseCsv } from './parse-csv.ts'

/** Rows as a unit test declares them. */
export interface DeclaredRows {
  readonly rows?: unknown
  readonly format?: string | null | undefined
  readonly fixture?: string | null | undefined
}

export interface FixtureContext {
  /** For people: `ref('orders')`, `expect`. */
  readonly label: string
  readonly files: readonly SourceText[]
  /** The file of the seed that the rows are given for; null: there is none. */
  readonly seed: { readonly path: string; readonly read: () => string } | null
  locate(key: 'rows' | 'format' | 'fixture' | null): Location
}

export interface ReadFixture {
  /** Null where it is wrong. */
  readonly fixture: Fixture | null
  /** The declaration with its rows, as dbt's manifest has it. */
  readonly definition: { readonly [key: string]: Json }
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads rows in one of their formats: a list, CSV, or SQL, in place or in a file. A seed may be given without rows: as it is. */
export function readFixture(declared: DeclaredRows, context: FixtureContext): ReadFixture {
  const { rows = null, fixture = null } = declared
  const file = fixture === null ? null : findFile(fixture, declared.format, context.files)
  const format = declared.format ?? (file === null ? 'dict' : file.path.endsWith('.sql') ? 'sql' : 'csv')
  const definition = { rows: rows as Json, format, fixture }
  const refuse = (key: 'rows' | 'format' | 'fixture' | null, message: string, hint: string): ReadFixture => ({
    fixture: null,
    definition,
    diagnostics: [
      {
        code: 'BAD_FIXTURE',
        severity: 'error',
        message: `${context.label}: ${message}`,
        hint,
        location: context.locate(key),
      },
    ],
  })
  if (fixture !== null && rows !== null)
    return refuse('fixture', 'has rows and a fixture', 'Keep one of them.')
  if (fixture !== null && file === null) return unknownFixture(fixture, context, refuse)
  if (format === 'sql') {
    const sql = file?.text ?? rows
    if (typeof sql !== 'string')
      return refuse('rows', 'the rows of format sql are no text', 'Write one SELECT.')
    return { fixture: { kind: 'sql', sql }, definition: { ...definition, rows: sql }, diagnostics: [] }
  }
  if (format === 'csv') {
    const text = file?.text ?? rows
    if (typeof text !== 'string')
      return refuse(
        'rows',
        'the rows of format csv are no text',
        'Write the names of columns on the first line: `rows: |`.',
      )
    return fromCsv(text, (message, line) =>
      refuse(
        file === null ? 'rows' : 'fixture',
        `${message} (line ${line} of ${file?.path ?? 'its text'})`,
        'Correct the CSV.',
      ),
    )
  }
  if (rows === null && context.seed !== null) {
    const read = fromCsv(context.seed.read(), (message) => refuse(null, message, 'Give rows.'))
    // The file is the seed's own: it is not repeated in the manifest.
    return { ...read, definition }
  }
  if (!Array.isArray(rows)) {
    return typeof rows === 'string'
      ? refuse(
          'rows',
          'the rows are text, and their format is dict',
          'Add format: csv or format: sql, or write a list.',
        )
      : refuse(null, 'has no rows', 'Write rows: [] for none.')
  }
  const list = rows.map((row) => (row ?? {}) as FixtureRow)
  return {
    fixture: { kind: 'rows', rows: list, texts: false },
    definition: { ...definition, rows: list },
    diagnostics: [],
  }

  function fromCsv(text: string, refuseText: (message: string, line: number) => ReadFixture): ReadFixture {
    const { rows: records, mistake } = parseCsv(text)
    if (mistake !== null) return refuseText(mistake.message, mistake.line)
    return {
      fixture: { kind: 'rows', rows: records, texts: true },
      definition: { ...definition, rows: records },
      diagnostics: [],
    }
  }
}

function findFile(
  name: string,
  format: string | null | undefined,
  files: readonly SourceText[],
): SourceText | null {
  const endings = format === 'csv' || format === 'sql' ? [format] : ['csv', 'sql']
  const wanted = endings.map((ending) => `/${name}.${ending}`)
  return files.find(({ path }) => wanted.some((end) => path.endsWith(end))) ?? null
}

function unknownFixture(
  name: string,
  { files }: FixtureContext,
  refuse: (key: 'fixture', message: string, hint: string) => ReadFixture,
): ReadFixture {
  const stems = files.map(({ path }) => path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, ''))
  return refuse(
    'fixture',
    `there is no fixture "${name}"`,
    didYouMean(name, stems) ?? `Write tests/fixtures/${name}.csv or ${name}.sql.`,
  )
}
