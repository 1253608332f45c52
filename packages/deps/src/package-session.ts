import { mkdirSync, realpathSync } from 'node:fs'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { StrataError } from '@strata/core'
import { extractTarball, type PackageLimits } from './extract-tarball.ts'
import { fetchGit, type GitTree } from './fetch-git.ts'
import { downloadFile, type HttpSettings } from './fetch-http.ts'
import { type HubPackage, readHubPackage } from './hub-index.ts'
import { lockKeys } from './package-lock.ts'
import type { PinnedPackage, RenderedUrl } from './package-request.ts'
import { readProjectSettings } from './project-settings.ts'
import type { GitSettings } from './run-git.ts'
import { vetTree } from './vet-tree.ts'

export interface SessionSettings {
  /** The root project. */
  readonly directory: string
  /** Where fetched packages lie until they are installed; the caller removes it. */
  readonly workFolder: () => string
  readonly hubUrl: string
  readonly http: HttpSettings
  readonly git: GitSettings
  readonly limits: PackageLimits
}

/** A package on this machine, not yet installed. */
export interface FetchedPackage {
  readonly pinned: PinnedPackage
  /** Of its project file. */
  readonly name: string
  /** A folder of the session that may be moved; of a local package, the package itself. */
  readonly folder: string
  /** Links that led out of the package and were left out. */
  readonly removedLinks: readonly string[]
}

/** Fetches each package at most once, however often it is asked for. */
export interface PackageSession {
  hub(name: string): Promise<HubPackage>
  /** Revision as in a packages file; the answer has the commit. */
  git(url: RenderedUrl, revision: string | null, subdirectory: string | null): Promise<FetchedPackage>
  fetch(pinned: PinnedPackage): Promise<FetchedPackage>
}

export function createPackageSession(settings: SessionSettings): PackageSession {
  const hubPackages = new Map<string, Promise<HubPackage>>()
  const trees = new Map<string, Promise<GitTree>>()
  const fetched = new Map<string, Promise<FetchedPackage>>()
  let folders = 0
  const newFolder = (): string => join(settings.workFolder(), String(++folders))
  const once = <T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> => {
    const known = cache.get(key) ?? make()
    cache.set(key, known)
    return known
  }

  const hub = (name: string): Promise<HubPackage> =>
    once(hubPackages, name, () => readHubPackage(name, settings.hubUrl, settings.http))

  const git: PackageSession['git'] = async (url, revision, subdirectory) => {
    // Two packages of one repository are moved away one by one, so each has its own tree.
    const key = JSON.stringify([url.value, revision, subdirectory])
    const tree = await once(trees, key, () => fetchGit(url, revision, newFolder(), settings.git))
    const pinned: PinnedPackage = { kind: 'git', url, revision: tree.commit, subdirectory }
    return once(fetched, identityOf(pinned), async () => {
      const folder = folderInside(tree.folder, subdirectory ?? '.', url)
      return described(pinned, folder, vetTree(folder, url.written, settings.limits))
    })
  }

  const fromTarball = async (
    pinned: PinnedPackage,
    value: string,
    written: string,
  ): Promise<FetchedPackage> => {
    const folder = newFolder()
    mkdirSync(folder, { recursive: true })
    const archive = join(folder, 'package.tar.gz')
    await downloadFile({ value, written }, archive, settings.limits.downloadBytes, settings.http)
    const content = extractTarball(archive, join(folder, 'content'), written, settings.limits)
    const vetted = vetTree(content.folder, written, settings.limits)
    return described(pinned, content.folder, [...content.removedLinks, ...vetted])
  }

  return {
    hub,
    git,
    fetch(pinned) {
      if (pinned.kind === 'git') return git(pinned.url, pinned.revision, pinned.subdirectory)
      return once(fetched, identityOf(pinned), async () => {
        if (pinned.kind === 'local') return described(pinned, resolve(settings.directory, pinned.path), [])
        if (pinned.kind === 'tarball') return fromTarball(pinned, pinned.url.value, pinned.url.written)
        const version = (await hub(pinned.package)).versions.get(pinned.version)
        if (version === undefined) throw noSuchVersion(pinned.package, pinned.version)
        return fromTarball(pinned, version.tarball, version.tarball)
      })
    },
  }
}

/** One text for one package, by which an installed one is known again. Holds no secrets. */
export function identityOf(pinned: PinnedPackage): string {
  return JSON.stringify(lockKeys(pinned))
}

/** What a user calls the package. */
export function displayPinned(pinned: PinnedPackage): string {
  if (pinned.kind === 'hub') return `${pinned.package} ${pinned.version}`
  if (pinned.kind === 'local') return pinned.path
  if (pinned.kind === 'tarball') return pinned.url.written
  return pinned.subdirectory === null ? pinned.url.written : `${pinned.url.written} (${pinned.subdirectory})`
}

function described(pinned: PinnedPackage, folder: string, removedLinks: readonly string[]): FetchedPackage {
  const name = readProjectSettings(folder)?.name
  if (name === undefined || name === null) {
    throw new StrataError({
      code: 'NOT_A_PACKAGE',
      message: `${displayPinned(pinned)} holds no dbt_project.yml with a name`,
      hint:
        pinned.kind === 'git'
          ? 'If the package is in a folder of the repository, name it: subdirectory: path/to/package.'
          : 'Check that the path or address is that of a package.',
    })
  }
  // The name becomes the name of a folder.
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) || name.length > 200) {
    throw new StrataError({
      code: 'BAD_PROJECT_NAME',
      message: `${displayPinned(pinned)} calls itself ${JSON.stringify(name)}, which is not a name for a project`,
      hint: 'A name has letters, digits and _, and begins with no digit.',
    })
  }
  return { pinned, name, folder, removedLinks }
}

function folderInside(root: string, subdirectory: string, url: RenderedUrl): string {
  try {
    const folder = realpathSync(join(root, subdirectory))
    const way = relative(realpathSync(root), folder)
    if (way !== '..' && !way.startsWith('../') && !isAbsolute(way)) return folder
  } catch {
    // Told below.
  }
  throw new StrataError({
    code: 'NO_SUBDIRECTORY',
    message: `${url.written} has no folder ${subdirectory}`,
    hint: 'Write the path from the root of the repository.',
  })
}

function noSuchVersion(name: string, version: string): StrataError {
  return new StrataError({
    code: 'UNKNOWN_VERSION',
    message: `the hub no longer has ${name} ${version}`,
    hint: 'Take another version: models deps --upgrade.',
  })
}
