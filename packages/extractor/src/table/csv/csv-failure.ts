import { type FileJob, type FilesConnector, type Instance, SourceError } from '@strata/core'
import { jobIdentity } from '../../job-identity.ts'

export interface CsvPlace {
  readonly connector: FilesConnector
  readonly instance: Instance
}

/** `why` names no value of a row. `line`: from 1; null: it is of the whole file. */
export function unreadableFile(
  job: FileJob,
  file: string,
  line: number | null,
  why: string,
  hint: string,
): SourceError {
  return new SourceError({
    code: 'SOURCE_UNREADABLE_FILE',
    message: `${jobIdentity(job)}: ${file}${line === null ? '' : `:${line}`}: ${why}`,
    hint,
  })
}

export function fileChanged(job: FileJob, file: string): SourceError {
  return new SourceError({
    code: 'SOURCE_FILE_CHANGED',
    message: `${jobIdentity(job)}: ${file} was changed while it was read`,
    hint: 'run again; whoever writes it should write another file, and rename that to this name in the end',
  })
}

export function leadsOutside(job: FileJob, file: string): SourceError {
  return new SourceError({
    code: 'SOURCE_FILE_OUTSIDE',
    message: `${jobIdentity(job)}: ${file} leads out of the folder of the instance`,
    hint: 'files: of the job names files below path: of the instance, without .. and without links to elsewhere',
  })
}

export function noFolder({ connector, instance }: CsvPlace): SourceError {
  return new SourceError({
    code: 'SOURCE_UNREACHABLE',
    message: `${connector.source} instance ${instance.name}: ${instance.address} is no folder`,
    hint: 'make it, or correct path: of the instance, which is meant from the folder of the project',
  })
}

/** What the system says of a file or folder. An error that is not the system's is a bug, and stays what it is. */
export function systemFailure({ connector, instance }: CsvPlace, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (error instanceof SourceError || typeof code !== 'string' || typeof syscall !== 'string') return error
  const isDenied = code === 'EACCES' || code === 'EPERM'
  return new SourceError({
    code: isDenied ? 'SOURCE_UNAUTHORIZED' : code === 'ENOENT' ? 'SOURCE_UNREACHABLE' : 'SOURCE_FAILING',
    message: `${connector.source} instance ${instance.name} cannot be read: ${(error as Error).message}`,
    hint: isDenied
      ? 'let whoever runs this read the folder and its files'
      : 'check path: of the instance, and whether its disk is there',
    cause: error,
  })
}
