import type { Diagnostic, Fixture, FixtureRow, Json, Location } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { SourceText } from '../project/project-file.ts'
import { type CsvPlace, type PlaceInRows, placeInRows, type RowsLocator } from './fixture-places.ts'
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
  readonly places: RowsLocator
}

export interface ReadFixture {
  /** Null where it is wrong. */
  readonly fixture: Fixture | null
  readonly placeInRows: PlaceInRows
  /** The declaration with its rows, as dbt's manifest has it. */
  readonly definition: { readonly [key: string]: Json }
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads rows in one of their formats: a list, CSV, or SQL, in place or in a file. A seed may be given without rows: as it is. */
export function readFixture(declared: DeclaredRows, context: FixtureContext): ReadFixture {
  const { rows = null, fixture = null } = declared
  const found = fixture === null ? [] : findFiles(fixture, declared.format, context.files)
  const [file = null, ...others] = found
  const format = declared.format ?? (file === null ? 'dict' : file.path.endsWith('.sql') ? 'sql' : 'csv')
  const definition = { rows: rows as Json, format, fixture }
  const locate = (key: string | null): Location => context.places.locate(key === null ? [] : [key])
  const refuse = (key: 'rows' | 'format' | 'fixture' | null, message: string, hint: string): ReadFixture => ({
    fixture: null,
    placeInRows: () => locate(key),
    definition,
    diagnostics: [
      {
        code: 'BAD_FIXTURE',
        severity: 'error',
        message: `${context.label}: ${message}`,
        hint,
        location: locate(key),
      },
    ],
  })
  if (fixture !== null && rows !== null)
    return refuse('fixture', 'has rows and a fixture', 'Keep one of them.')
  if (fixture !== null && file === null) return unknownFixture(fixture, context, refuse)
  if (others.length > 0)
    return refuse(
      'fixture',
      `${found.map(({ path }) => path).join(' and ')} are both the fixture "${fixture}"`,
      'Rename one of them: a fixture goes by its file name, whatever its folder.',
    )
  if (format === 'sql') {
    const sql = file?.text ?? rows
    if (typeof sql !== 'string')
      return refuse('rows', 'the rows of format sql are no text', 'Write one SELECT.')
    const read = { kind: 'sql', sql } as const
    const place: PlaceInRows =
      file === null
        ? placeInRows(read, null, context.places)
        : () => ({ file: file.path, line: 1, column: 1 })
    return { fixture: read, placeInRows: place, definition: { ...definition, rows: sql }, diagnostics: [] }
  }
  if (format === 'csv') {
    const text = file?.text ?? rows
    if (typeof text !== 'string')
      return refuse(
        'rows',
        'the rows of format csv are no text',
        'Write the names of columns on the first line: `rows: |`.',
      )
    return fromCsv(text, file?.path ?? null, (message, line) =>
      refuse(
        file === null ? 'rows' : 'fixture',
        `${message} (line ${line} of ${file?.path ?? 'its text'})`,
        'Correct the CSV.',
      ),
    )
  }
  if (rows === null && context.seed !== null) {
    const { path, read: readText } = context.seed
    const read = fromCsv(readText(), path, (message) => refuse(null, message, 'Give rows.'))
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
  const fixtureRows: Fixture = { kind: 'rows', rows: list, texts: false }
  return {
    fixture: fixtureRows,
    placeInRows: placeInRows(fixtureRows, null, context.places),
    definition: { ...definition, rows: list },
    diagnostics: [],
  }

  function fromCsv(
    text: string,
    path: string | null,
    refuseText: (message: string, line: number) => ReadFixture,
  ): ReadFixture {
    const { rows: records, lines, mistake } = parseCsv(text)
    if (mistake !== null) return refuseText(mistake.message, mistake.line)
    const read: Fixture = { kind: 'rows', rows: records, texts: true }
    const csv: CsvPlace = { file: path, lines }
    return {
      fixture: read,
      placeInRows: placeInRows(read, csv, context.places),
      definition: { ...definition, rows: records },
      diagnostics: [],
    }
  }
}

function findFiles(
  name: string,
  format: string | null | undefined,
  files: readonly SourceText[],
): readonly SourceText[] {
  const endings = format === 'csv' || format === 'sql' ? [format] : ['csv', 'sql']
  const wanted = endings.map((ending) => `/${name}.${ending}`)
  return files.filter(({ path }) => wanted.some((end) => path.endsWith(end)))
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
