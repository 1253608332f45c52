import { isAbsolute, posix, resolve } from 'node:path'
import type { Location } from '@strata/core'
import type { ResolveContext } from './choose-package.ts'
import { problemOfGitUrl } from './fetch-git.ts'
import type { GitEntry, PackageEntry, PackageRequest } from './package-request.ts'
import { problemOfFetchedEntry, trustEntry } from './trust.ts'

/** Where the packages file stands that has an entry; what its paths are relative to. */
export type EntryBase =
  /** On this machine; `path` is relative to the root project. The user's own words. */
  | { readonly kind: 'own'; readonly path: string }
  | { readonly kind: 'repository'; readonly entry: GitEntry; readonly commit: string }
  | { readonly kind: 'archive' }

/** The request that an entry makes, its paths relative to the root project; none, and an error, where it is refused. */
export function admitEntry(
  entry: PackageEntry,
  base: EntryBase,
  requester: string,
  location: Location,
  context: ResolveContext,
): PackageRequest[] {
  const refuse = (message: string, hint: string): PackageRequest[] => {
    context.errors.push({
      code: 'PACKAGE_REFUSED',
      severity: 'error',
      message: base.kind === 'own' ? message : `${requester} is refused: ${message}`,
      hint,
      location,
    })
    return []
  }
  const placed =
    base.kind === 'own' ? placeOwn(entry, base.path, context.directory) : placeFetched(entry, base)
  if (base.kind === 'own') trustEntry(placed, context.trusted)
  else {
    const problem = problemOfFetchedEntry(placed, context.trusted)
    if (problem !== null && !isSibling(entry, placed)) return refuse(problem.message, problem.hint)
  }
  if (placed.kind === 'git') {
    const problem = problemOfGitUrl(placed.url.value)
    if (problem !== null)
      return refuse(
        `${placed.url.written} is not an address of a repository: ${problem}`,
        'Write https://…, ssh://…, git@host:path, or a path.',
      )
  }
  return [{ entry: placed, requester, location }]
}

/** Makes the paths of an entry of the user relative to the root project; addresses that are paths, absolute. */
export function placeOwn(entry: PackageEntry, path: string, directory: string): PackageEntry {
  if (entry.kind === 'local' && !isAbsolute(entry.path))
    return { ...entry, path: posix.join(path, entry.path).replace(/(.)\/$/, '$1') }
  if (entry.kind === 'git' && !/:/.test(entry.url.value) && !entry.url.value.startsWith('-'))
    return { ...entry, url: { ...entry.url, value: resolve(directory, path, entry.url.value) } }
  return entry
}

/** A local package of a repository is another folder of the same commit. */
function placeFetched(entry: PackageEntry, base: Exclude<EntryBase, { kind: 'own' }>): PackageEntry {
  if (entry.kind !== 'local' || base.kind !== 'repository' || isAbsolute(entry.path)) return entry
  const subdirectory = posix.join(base.entry.subdirectory ?? '.', entry.path).replace(/\/$/, '')
  if (subdirectory === '..' || subdirectory.startsWith('../')) return entry
  return {
    ...base.entry,
    revision: base.commit,
    subdirectory: subdirectory === '.' ? null : subdirectory,
    location: entry.location,
  }
}

/** Its address is that of a repository which was read already. */
function isSibling(entry: PackageEntry, placed: PackageEntry): boolean {
  return entry.kind === 'local' && placed.kind === 'git'
}
