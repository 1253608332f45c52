import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { ConfigurationError, type Diagnostic, hasErrors, type Json, registerSecret } from '@strata/core'
import { defaultLimits, type PackageLimits } from './extract-tarball.ts'
import { defaultHubUrl } from './hub-index.ts'
import {
  createStaging,
  isLinked,
  isPackageLink,
  placeFetched,
  placeLocal,
  putAside,
  readInstalled,
  recoverStaging,
  refuseForeign,
} from './install-folder.ts'
import { type LockedPackage, lockFileName, renderLock } from './package-lock.ts'
import { type PinnedPackage, pinnedVersion } from './package-request.ts'
import {
  createPackageSession,
  displayPinned,
  type FetchedPackage,
  identityOf,
  type PackageSession,
} from './package-session.ts'
import { hashPackages } from './packages-hash.ts'
import { readIfThere, readProjectSettings } from './project-settings.ts'
import { readLock } from './read-lock.ts'
import { readPackages } from './read-packages.ts'
import { renderValue, type Variables } from './render-value.ts'
import { resolvePackages } from './resolve-packages.ts'

export interface InstallOptions {
  /** The root project: an absolute path. */
  readonly directory: string
  readonly environment: { readonly [name: string]: string | undefined }
  readonly vars?: { readonly [name: string]: Json }
  /** Address of the package hub. */
  readonly hubUrl?: string | undefined
  /** Resolve anew, whatever the lock file says. */
  readonly upgrade?: boolean
  /** Write the lock file and install nothing. */
  readonly lockOnly?: boolean
  readonly signal?: AbortSignal
  readonly limits?: PackageLimits
  /** Of one request or one git command; 60 seconds and 5 minutes by default. */
  readonly timeouts?: { readonly httpMs: number; readonly gitMs: number }
  /** Before a request is sent again, three times at most; half a second by default, then doubled. */
  readonly retryDelayMs?: number
}

export interface PackageResult {
  readonly name: string
  readonly source: PinnedPackage['kind']
  /** `1.3.0`, the commit; empty for a local package or a tarball. */
  readonly version: string
  /** `dbt-labs/dbt_utils`, the address or the path. */
  readonly origin: string
  readonly status: 'installed' | 'present' | 'locked'
}

export interface InstallResult {
  /** With an error among them, nothing has been changed. */
  readonly diagnostics: readonly Diagnostic[]
  /** `packages.yml` or `dependencies.yml`; null where the project has neither. */
  readonly file: string | null
  readonly packages: readonly PackageResult[]
  /** Packages that nobody wants any more, deleted. */
  readonly removed: readonly string[]
  /** Packages that nobody wants, but that this command did not install. */
  readonly kept: readonly string[]
  /** Things worth saying: links that were left out. */
  readonly notices: readonly string[]
  readonly lock: 'written' | 'kept' | 'none'
  /** Relative to the project. */
  readonly installPath: string
}

/**
 * Installs the packages of a project. Mistakes in its files are diagnostics; throws `StrataError` when something cannot be
 * fetched and `ConfigurationError` when nothing can start. Whatever happens, each package is the old or the new one.
 */
export async function installPackages(options: InstallOptions): Promise<InstallResult> {
  const { directory, environment } = options
  for (const [name, value] of Object.entries(environment))
    if (name.startsWith('DBT_ENV_SECRET')) registerSecret(value)
  const project = readProjectSettings(directory)
  if (project === null) {
    throw new ConfigurationError({
      code: 'NO_PROJECT',
      message: `no strata.yml in ${directory}`,
      hint: 'Run the command in the folder that holds strata.yml (or dbt_project.yml), or name it with --project-dir.',
    })
  }
  const variables: Variables = {
    vars: options.vars ?? {},
    environmentVariable: (name) =>
      /^(DBT|STRATA)_/.test(name) || project.environment.includes(name) ? environment[name] : 'forbidden',
  }
  const installPath = resolveInstallPath(directory, project.installPath, variables)
  const declared = readPackages(directory, variables)
  const nothing: InstallResult = {
    diagnostics: declared.diagnostics,
    file: declared.file,
    packages: [],
    removed: [],
    kept: [],
    notices: [],
    lock: 'none',
    installPath: relative(directory, installPath),
  }
  if (declared.file === null || hasErrors(declared.diagnostics)) return nothing

  const work = createWorkFolder(installPath, options.lockOnly === true)
  const session = createPackageSession({
    directory,
    workFolder: work.folder,
    hubUrl: options.hubUrl || defaultHubUrl,
    http: {
      timeoutMs: options.timeouts?.httpMs ?? 60_000,
      retries: 3,
      retryDelayMs: options.retryDelayMs ?? 500,
      signal: options.signal,
    },
    git: { environment, timeoutMs: options.timeouts?.gitMs ?? 300_000, signal: options.signal },
    limits: options.limits ?? defaultLimits,
  })
  try {
    const lockFile = join(directory, lockFileName)
    const hash = hashPackages(declared.entries)
    const lock = options.upgrade ? null : readLock(directory, variables, hash)
    if (lock !== null && hasErrors(lock.diagnostics)) return { ...nothing, diagnostics: lock.diagnostics }
    let pinned: readonly PinnedPackage[]
    let diagnostics = declared.diagnostics
    if (lock !== null) pinned = lock.packages
    else {
      const resolution = await resolvePackages(declared, project.name, directory, variables, session)
      diagnostics = [...diagnostics, ...resolution.diagnostics]
      if (hasErrors(diagnostics)) return { ...nothing, diagnostics }
      pinned = resolution.packages.map((one) => one.pinned)
      if (options.lockOnly) {
        writeLock(lockFile, renderLock(resolution.packages, hash))
        const packages = resolution.packages.map((one) => resultOf(one, 'locked'))
        return { ...nothing, diagnostics, packages, lock: 'written' }
      }
    }
    if (options.lockOnly) return { ...nothing, diagnostics, lock: 'kept' }
    const ready = await makeReady(pinned, installPath, directory, session)
    refuseClashes(ready, installPath, project.name)
    // Written first: what is killed from here on is finished by the next run, not undone.
    if (lock === null) writeLock(lockFile, renderLock(ready, hash))
    const outcome = place(ready, installPath, work.folder)
    return {
      ...nothing,
      diagnostics,
      packages: outcome,
      ...removeUnwanted(installPath, new Set(ready.map(({ name }) => name)), work.folder),
      notices: ready.flatMap(({ name, fetched }) =>
        (fetched?.removedLinks ?? []).map((link) => `${name}: left out a link out of the package (${link})`),
      ),
      lock: lock === null ? 'written' : 'kept',
    }
  } finally {
    work.remove()
  }
}

function resolveInstallPath(directory: string, written: string, variables: Variables): string {
  const rendered = renderValue(written, variables)
  if ('problem' in rendered) {
    throw new ConfigurationError({
      code: 'BAD_INSTALL_PATH',
      message: `packages-install-path: ${rendered.problem}`,
      hint: rendered.hint,
    })
  }
  const path = resolve(directory, rendered.text)
  const way = relative(path, directory)
  if (way === '' || !way.startsWith('..')) {
    throw new ConfigurationError({
      code: 'BAD_INSTALL_PATH',
      message: `packages-install-path is ${rendered.text}, which holds the project itself`,
      hint: 'Name a folder for packages alone: dbt_packages.',
    })
  }
  return path
}

/** Made when first needed, so that a run with nothing to do writes nothing. */
function createWorkFolder(
  installPath: string,
  lockOnly: boolean,
): { readonly folder: () => string; readonly remove: () => void } {
  let folder: string | null = null
  if (!lockOnly) recoverStaging(installPath)
  return {
    folder: () => {
      folder ??= lockOnly ? mkdtempSync(join(tmpdir(), 'strata-deps-')) : createStaging(installPath)
      return folder
    },
    remove: () => {
      if (folder !== null) rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface ReadyPackage extends LockedPackage {
  /** null: in its place already. */
  readonly fetched: FetchedPackage | null
}

/** Fetches what is not there. All of it, before the first package is touched. */
async function makeReady(
  pinned: readonly PinnedPackage[],
  installPath: string,
  directory: string,
  session: PackageSession,
): Promise<readonly ReadyPackage[]> {
  const byIdentity = new Map<string, string>()
  for (const [name, identity] of readInstalled(installPath))
    if (identity !== null) byIdentity.set(identity, name)
  const results = await Promise.allSettled(
    pinned.map(async (one): Promise<ReadyPackage> => {
      const name = one.kind === 'local' ? undefined : byIdentity.get(identityOf(one))
      if (name !== undefined) return { pinned: one, name, fetched: null }
      const fetched = await session.fetch(one)
      const linked = one.kind === 'local' && isLinked(installPath, fetched.name, resolve(directory, one.path))
      return { pinned: one, name: fetched.name, fetched: linked ? null : fetched }
    }),
  )
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}

/** Names are those of the project files, which the hub and a lock file may tell otherwise. */
function refuseClashes(ready: readonly ReadyPackage[], installPath: string, rootName: string | null): void {
  const seen = new Map<string, PinnedPackage>()
  for (const { name, pinned, fetched } of ready) {
    const other = seen.get(name)
    if (other !== undefined || name === rootName) {
      throw new ConfigurationError({
        code: name === rootName ? 'PACKAGE_IS_ROOT' : 'DUPLICATE_PACKAGE',
        message: `${displayPinned(pinned)} holds the project ${name}, and so does ${other === undefined ? 'this folder' : displayPinned(other)}`,
        hint: 'Keep one of the two in packages.yml; where package-lock.yml is the older, run models deps --upgrade.',
      })
    }
    seen.set(name, pinned)
    if (fetched !== null) refuseForeign(installPath, name)
  }
}

function place(ready: readonly ReadyPackage[], installPath: string, staging: () => string): PackageResult[] {
  return ready.map((one) => {
    const { name, pinned, fetched } = one
    if (fetched === null) return resultOf(one, 'present')
    const identity = identityOf(pinned)
    if (pinned.kind === 'local') placeLocal(installPath, staging(), name, fetched.folder, identity)
    else placeFetched(installPath, staging(), name, fetched.folder, identity)
    return resultOf(one, 'installed')
  })
}

function removeUnwanted(
  installPath: string,
  wanted: ReadonlySet<string>,
  staging: () => string,
): { readonly removed: readonly string[]; readonly kept: readonly string[] } {
  const removed: string[] = []
  const kept: string[] = []
  for (const [name, identity] of readInstalled(installPath)) {
    if (wanted.has(name)) continue
    if (identity === null && !isPackageLink(installPath, name)) kept.push(name)
    else {
      putAside(installPath, join(staging(), 'removed'), name)
      removed.push(name)
    }
  }
  return { removed, kept }
}

function resultOf({ name, pinned }: LockedPackage, status: PackageResult['status']): PackageResult {
  const origin = pinned.kind === 'hub' ? pinned.package : displayPinned(pinned)
  return { name, source: pinned.kind, version: pinnedVersion(pinned), origin, status }
}

function writeLock(file: string, text: string): void {
  if (readIfThere(file) === text) return
  const fresh = `${file}.${process.pid}.tmp`
  writeFileSync(fresh, text)
  renameSync(fresh, file)
}
