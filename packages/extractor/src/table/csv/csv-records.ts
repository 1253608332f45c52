import type { FileJob } from '@strata/core'
import { keyColumnNames } from '../../job-identity.ts'
import { unreadableFile } from './csv-failure.ts'
import type { CsvFile } from './find-files.ts'
import type { TextRow } from './parse-rows.ts'
import { readFileRows } from './read-file-rows.ts'

export interface CsvRecord {
  /** As JSON: all values are texts or null. */
  readonly json: string
  /** Whether no part of its key is null or empty. */
  readonly hasKey: boolean
}

/** The columns of the files, which must all have the same. Throws `SourceError` `SOURCE_UNREADABLE_FILE`. */
export async function readHeader(
  files: readonly CsvFile[],
  job: FileJob,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (job.columns !== null) return job.columns
  let first: readonly string[] | null = null
  for (const file of files) {
    const header = await headerOf(file, job, signal)
    first ??= header
    refuseOther(first, header, files[0]!, file, job)
  }
  return first ?? []
}

async function headerOf(file: CsvFile, job: FileJob, signal: AbortSignal): Promise<readonly string[]> {
  for await (const [header] of readFileRows(file, job, signal)) return columnNames(header!, file, job)
  const hint = 'write the names of the columns into its first line, or into columns: of the job'
  throw unreadableFile(job, file.name, null, 'it is empty, and has no names of columns', hint)
}

/** All records of all files, file by file, in batches, with the columns that are wanted; null: all. Throws `SourceError` `SOURCE_UNREADABLE_FILE`, `SOURCE_FILE_CHANGED`. */
export async function* readRecords(
  files: readonly CsvFile[],
  job: FileJob,
  wanted: readonly string[] | null,
  signal: AbortSignal,
): AsyncGenerator<readonly CsvRecord[]> {
  const columns = await readHeader(files, job, signal)
  const toRecord = recordMaker(columns, wanted ?? columns, job)
  for (const file of files) {
    let isHeader = job.columns === null
    for await (const rows of readFileRows(file, job, signal)) {
      const records = isHeader ? rows.slice(1) : rows
      isHeader = false
      for (const row of records) refuseOtherLength(row, columns, file, job)
      yield records.map(toRecord)
    }
  }
}

function recordMaker(
  columns: readonly string[],
  wanted: readonly string[],
  job: FileJob,
): (row: TextRow) => CsvRecord {
  const fields = wanted.map((name) => [columns.indexOf(name), `${JSON.stringify(name)}:`] as const)
  const nulls = new Set(job.nullValues)
  const key = keyColumnNames(job).map((name) => columns.indexOf(name))
  return ({ values, quoted }) => {
    const isNull = (at: number): boolean => nulls.has(values[at]!) && quoted?.[at] !== true
    const parts = fields.map(([at, name]) => name + (isNull(at) ? 'null' : JSON.stringify(values[at])))
    const hasKey = key.every((at) => at !== -1 && values[at] !== '' && !isNull(at))
    return { json: `{${parts.join(',')}}`, hasKey }
  }
}

function columnNames({ values, line }: TextRow, file: CsvFile, job: FileJob): readonly string[] {
  const names = values.map((name) => name.trim())
  const empty = names.indexOf('')
  const second = names.findIndex((name, at) => names.indexOf(name) !== at)
  // What stands there may be no names, but values.
  const why =
    empty !== -1
      ? `column ${empty + 1} has no name`
      : second === -1
        ? null
        : `columns ${names.indexOf(names[second]!) + 1} and ${second + 1} have the same name`
  if (why === null) return names
  const hint =
    'correct the first line of the file; where it holds no names, write them into columns: of the job'
  throw unreadableFile(job, file.name, line, why, hint)
}

function refuseOther(
  first: readonly string[],
  header: readonly string[],
  firstFile: CsvFile,
  file: CsvFile,
  job: FileJob,
): void {
  if (first.length === header.length && first.every((name, at) => name === header[at])) return
  const at = first.findIndex((name, index) => name !== header[index])
  const column = (at === -1 ? first.length : at) + 1
  // Not what they are called: it may be no names, but values.
  const there = at === -1 ? ', which is not there' : ''
  const why = `it has other columns than ${firstFile.name}, the first time at column ${column}${there}`
  throw unreadableFile(job, file.name, 1, why, 'land files of another form with a job of their own')
}

function refuseOtherLength(
  { values, line }: TextRow,
  columns: readonly string[],
  file: CsvFile,
  job: FileJob,
): void {
  if (values.length === columns.length) return
  const why = `a row has ${values.length} ${values.length === 1 ? 'value' : 'values'}, and there are ${columns.length} columns`
  const hint =
    'a value that holds the delimiter or a line break stands in quotes; check delimiter: of the job'
  throw unreadableFile(job, file.name, line, why, hint)
}
