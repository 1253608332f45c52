import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { FileJob, FilesConnector, Instance, TableJob } from '@strata/core'
import type { SourceColumn, SourceTable, TableSnapshot, TableSource } from '../table-source.ts'
import { type CsvPlace, noFolder, systemFailure } from './csv-failure.ts'
import { type CsvRecord, readHeader, readRecords } from './csv-records.ts'
import { type CsvFile, findFiles, refuseChanged } from './find-files.ts'

/**
 * Reads the text files below the folder that is the address of the instance. Nobody keeps their state for us: a file that is changed
 * while it is read is an error, `SOURCE_FILE_CHANGED`. Where there is no folder, a snapshot fails with `SOURCE_UNREACHABLE`.
 */
export function openCsvSource(connector: FilesConnector, instance: Instance): TableSource {
  const place: CsvPlace = { connector, instance }
  return {
    admit: (work) => work(),
    async snapshot(signal, work) {
      await refuseNoFolder(place)
      return await work(snapshotOf(place, signal))
    },
    async close() {},
  }
}

async function refuseNoFolder(place: CsvPlace): Promise<void> {
  let isFolder: boolean
  try {
    isFolder = (await stat(place.instance.address)).isDirectory()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw code === 'ENOENT' || code === 'ENOTDIR' ? noFolder(place) : systemFailure(place, error)
  }
  if (!isFolder) throw noFolder(place)
}

function snapshotOf(place: CsvPlace, signal: AbortSignal): TableSnapshot {
  const now = new Date().toISOString().replace('T', ' ').replace('Z', '000')
  const found = new Map<string, Promise<readonly CsvFile[]>>()
  const filesOf = (job: FileJob): Promise<readonly CsvFile[]> => {
    const files = found.get(job.files) ?? findFiles(place.instance.address, job)
    found.set(job.files, files)
    return files
  }
  async function* recordsOf(
    job: TableJob | FileJob,
    columns: readonly SourceColumn[] | null,
  ): AsyncGenerator<readonly CsvRecord[]> {
    const ofFiles = fileJob(job)
    const names = columns?.map(({ name }) => name) ?? null
    try {
      yield* readRecords(await filesOf(ofFiles), ofFiles, names, signal)
    } catch (error) {
      throw systemFailure(place, error)
    }
  }
  return {
    clock: { utc: now, local: now },
    async table(job) {
      const ofFiles = fileJob(job)
      try {
        return await describe(await filesOf(ofFiles), ofFiles, signal)
      } catch (error) {
        throw systemFailure(place, error)
      }
    },
    async *rows({ job, columns, changes, chunkRows }) {
      const nothing = changes.map(() => null)
      let waiting: CsvRecord[] = []
      const chunkOf = (records: readonly CsvRecord[]) => ({
        rows: records.map(({ json }) => ({ json, changes: nothing })),
        last: null,
        zeroDates: 0,
      })
      let length = 0
      for await (const records of recordsOf(job, columns)) {
        for (const record of records) {
          if (!record.hasKey) continue
          waiting.push(record)
          length += record.json.length
          if (waiting.length < chunkRows && length < chunkLength) continue
          yield chunkOf(waiting)
          waiting = []
          length = 0
        }
      }
      if (waiting.length > 0) yield chunkOf(waiting)
    },
    async keyless({ job, columns, changes }, limit) {
      const nothing = changes.map(() => null)
      const without: CsvRecord[] = []
      for await (const records of recordsOf(job, columns)) {
        without.push(...records.filter(({ hasKey }) => !hasKey).slice(0, limit - without.length))
        if (without.length >= limit) break
      }
      return without.map(({ json }) => ({ json, changes: nothing }))
    },
    /** There is no other way to count than to read. */
    async count(job) {
      let count = 0
      for await (const records of recordsOf(job, [])) count += records.filter(({ hasKey }) => hasKey).length
      return count
    },
  }
}

/** A chunk is in memory as a whole. */
const chunkLength = 16 * 1024 * 1024

function fileJob(job: TableJob | FileJob): FileJob {
  if (job.kind === 'table') throw new Error('a folder has no tables')
  return job
}

/** The fingerprint is of the contents, and of all that decides how they are read. */
async function describe(files: readonly CsvFile[], job: FileJob, signal: AbortSignal): Promise<SourceTable> {
  const names = await readHeader(files, job, signal)
  const { delimiter, encoding, columns, nullValues, key } = job
  const hash = createHash('sha256').update(JSON.stringify([delimiter, encoding, columns, nullValues, key]))
  for (const file of files) {
    await refuseChanged(file, job)
    hash.update(JSON.stringify([file.name, String(file.bytes)]))
    for await (const bytes of createReadStream(file.path, { highWaterMark: 1024 * 1024, signal }))
      hash.update(bytes as Buffer)
    await refuseChanged(file, job)
  }
  return {
    columns: names.map((name) => ({ name, type: 'text', nullable: true, change: null })),
    fingerprint: hash.digest('hex'),
    // A file that changes meanwhile is refused.
    consistent: true,
  }
}
