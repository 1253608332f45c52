import { realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import { type FileJob, SourceError } from '@strata/core'
import fastGlob from 'fast-glob'
import { jobIdentity } from '../../job-identity.ts'
import { describeNear } from '../near-names.ts'
import { fileChanged, leadsOutside } from './csv-failure.ts'

/** A file as it was when it was found. */
export interface CsvFile {
  /** Below the folder. */
  readonly name: string
  /** Absolute, without links. */
  readonly path: string
  readonly bytes: bigint
  /** What is another when the file is. */
  readonly state: string
}

/** The files of a job, by name. Throws `SourceError` `SOURCE_TABLE_MISSING`, `SOURCE_FILE_OUTSIDE`. */
export async function findFiles(folder: string, job: FileJob): Promise<readonly CsvFile[]> {
  if (isAbsolute(job.files) || job.files.split(/[/\\]/).includes('..')) throw leadsOutside(job, job.files)
  const root = await realpath(folder)
  const names = (await isFile(join(root, job.files)))
    ? [job.files]
    : await fastGlob(job.files, { cwd: root, unique: true })
  if (names.length === 0) throw await filesMissing(root, job)
  return Promise.all(names.sort().map((name) => fileAt(root, name, job)))
}

async function fileAt(root: string, name: string, job: FileJob): Promise<CsvFile> {
  const path = await realpath(join(root, name))
  const below = relative(root, path)
  if (below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below)) throw leadsOutside(job, name)
  const { bytes, state } = await lookAt(path)
  return { name, path, bytes, state }
}

/** Throws `SourceError` `SOURCE_FILE_CHANGED`. */
export async function refuseChanged(file: CsvFile, job: FileJob): Promise<void> {
  const now = await lookAt(file.path).catch(() => null)
  if (now?.state !== file.state) throw fileChanged(job, file.name)
}

async function lookAt(path: string): Promise<{ readonly bytes: bigint; readonly state: string }> {
  const { ino, size, mtimeNs } = await stat(path, { bigint: true })
  return { bytes: size, state: `${ino} ${size} ${mtimeNs}` }
}

/** A name may hold what would be a pattern. */
async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

async function filesMissing(root: string, job: FileJob): Promise<SourceError> {
  const known = await fastGlob('**/*', { cwd: root, deep: 4, followSymbolicLinks: false })
  return new SourceError({
    code: 'SOURCE_TABLE_MISSING',
    message: `${jobIdentity(job)}: no file is called ${job.files} in ${root}`,
    hint: `correct files: of the job; ${describeNear(job.files, known)}`,
  })
}
