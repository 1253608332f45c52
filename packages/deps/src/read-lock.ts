import { join } from 'node:path'
import type { Diagnostic } from '@strata/core'
import { placeOwn } from './admit-entry.ts'
import { problemOfGitUrl } from './fetch-git.ts'
import { lockFileName } from './package-lock.ts'
import type { PackageEntry, PinnedPackage } from './package-request.ts'
import { parsePackagesFile } from './parse-packages-file.ts'
import { readIfThere } from './project-settings.ts'
import type { Variables } from './render-value.ts'

export interface Lock {
  readonly packages: readonly PinnedPackage[]
  readonly diagnostics: readonly Diagnostic[]
}

/** The lock file of a project, or null where there is none or where it was made from another list of packages. */
export function readLock(directory: string, variables: Variables, hash: string): Lock | null {
  const text = readIfThere(join(directory, lockFileName))
  if (text === null) return null
  const parsed = parsePackagesFile(lockFileName, text, variables)
  const diagnostics = parsed.diagnostics.map(withWayOut)
  if (diagnostics.length > 0) return { packages: [], diagnostics }
  if (parsed.hash !== hash) return null
  const packages: PinnedPackage[] = []
  for (const entry of parsed.entries) {
    const pinned = pin(placeOwn(entry, '.', directory))
    if (pinned !== null) packages.push(pinned)
    else
      diagnostics.push(
        withWayOut({
          code: 'NOT_PINNED',
          severity: 'error',
          message: 'this entry of the lock file names no exact version',
          location: entry.location,
        }),
      )
  }
  return { packages, diagnostics }
}

function pin(entry: PackageEntry): PinnedPackage | null {
  switch (entry.kind) {
    case 'hub': {
      const version = entry.versions.length === 1 ? entry.versions[0]!.replace(/^=/, '') : ''
      return /^\d/.test(version) ? { kind: 'hub', package: entry.package, version } : null
    }
    case 'git': {
      const { url, revision, subdirectory } = entry
      if (revision === null || problemOfGitUrl(url.value) !== null) return null
      return { kind: 'git', url, revision, subdirectory }
    }
    case 'local':
      return { kind: 'local', path: entry.path }
    case 'tarball':
      return { kind: 'tarball', url: entry.url }
  }
}

function withWayOut(diagnostic: Diagnostic): Diagnostic {
  return { ...diagnostic, hint: 'Mend it, or write a new one: models deps --upgrade.' }
}
