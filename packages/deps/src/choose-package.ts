import type { Diagnostic } from '@strata/core'
import { admitEntry, type EntryBase } from './admit-entry.ts'
import type { LockedPackage } from './package-lock.ts'
import type { GitEntry, HubEntry, PackageEntry, PackageRequest } from './package-request.ts'
import type { PackageSession } from './package-session.ts'
import { parsePackagesFile } from './parse-packages-file.ts'
import { readPackages } from './read-packages.ts'
import type { Variables } from './render-value.ts'
import type { TrustedHosts } from './trust.ts'
import { newestWithin, parseRange } from './version.ts'

export interface ResolveContext {
  /** The root project. */
  readonly directory: string
  readonly variables: Variables
  readonly session: PackageSession
  readonly trusted: TrustedHosts
  readonly errors: Diagnostic[]
  /** By text, for a package is looked at in every round. */
  readonly warnings: Map<string, Diagnostic>
}

export interface ResolvedPackage extends LockedPackage {
  /** What the package itself asks for. */
  readonly children: readonly PackageRequest[]
}

/** The one version that meets all requests for a package; null, and an error, where there is none. */
export async function choosePackage(
  requests: readonly PackageRequest[],
  context: ResolveContext,
): Promise<ResolvedPackage | null> {
  const first = requests[0]!
  const { entry } = first
  switch (entry.kind) {
    case 'hub':
      return chooseHub(entry, requests, context)
    case 'git':
      return chooseGit(entry, requests, context)
    case 'local': {
      const { pinned, name, folder } = await context.session.fetch({ kind: 'local', path: entry.path })
      return {
        pinned,
        name,
        children: childrenOf(folder, name, { kind: 'own', path: entry.path }, first, context),
      }
    }
    case 'tarball': {
      const { pinned, name, folder } = await context.session.fetch({ kind: 'tarball', url: entry.url })
      return { pinned, name, children: childrenOf(folder, name, { kind: 'archive' }, first, context) }
    }
  }
}

async function chooseHub(
  { package: name }: HubEntry,
  requests: readonly PackageRequest[],
  context: ResolveContext,
): Promise<ResolvedPackage | null> {
  const first = requests[0]!
  const { versions, movedTo, latest } = await context.session.hub(name)
  const pick = (some: readonly PackageRequest[]): string | null => {
    const entries = some.map((request) => request.entry as HubEntry)
    const ranges = entries.flatMap((entry) => entry.versions.flatMap((text) => parseRange(text) ?? []))
    return newestWithin(
      [...versions.keys()],
      ranges,
      entries.some((entry) => entry.prerelease),
    )
  }
  const version = pick(requests)
  if (version === null) {
    const impossible = requests.find((request) => pick([request]) === null)
    context.errors.push(
      impossible === undefined ? conflict(name, requests) : noSuchVersion(name, impossible, latest),
    )
    return null
  }
  if (movedTo !== null) {
    warn(context, {
      code: 'PACKAGE_MOVED',
      message: `${name} has moved to ${movedTo}; no new versions come under the old name`,
      hint: `Ask for ${movedTo}.`,
      location: first.location,
    })
  }
  const found = versions.get(version)!
  const label = `${found.name} ${version}`
  const text = JSON.stringify({ packages: found.packages })
  const { entries, diagnostics } = parsePackagesFile('packages.yml', text, context.variables)
  passOn(diagnostics, label, first, context)
  const children = entries.flatMap((entry) =>
    admitEntry(entry, { kind: 'archive' }, label, first.location, context),
  )
  return { pinned: { kind: 'hub', package: name, version }, name: found.name, children }
}

async function chooseGit(
  entry: GitEntry,
  requests: readonly PackageRequest[],
  context: ResolveContext,
): Promise<ResolvedPackage | null> {
  const entries = requests.map((request) => request.entry as GitEntry)
  const revisions = new Set(entries.flatMap(({ revision }) => revision ?? []))
  if (revisions.size > 1) {
    context.errors.push(conflict(entry.url.written, requests))
    return null
  }
  const revision = [...revisions][0] ?? null
  const { pinned, name, folder } = await context.session.git(entry.url, revision, entry.subdirectory)
  const commit = pinned.kind === 'git' ? pinned.revision : ''
  if (
    entries.every(({ warnUnpinned }) => warnUnpinned) &&
    (revision === null || /^(HEAD|main|master)$/.test(revision))
  ) {
    warn(context, {
      code: 'UNPINNED_PACKAGE',
      message: `${entry.url.written} is not pinned: ${revision === null ? 'it names no revision' : `"${revision}" moves`}, so --upgrade may bring anything`,
      hint: `Pin it: revision: ${commit}. Or say that it is meant: warn-unpinned: false.`,
      location: requests[0]!.location,
    })
  }
  const base: EntryBase = { kind: 'repository', entry, commit }
  return { pinned, name, children: childrenOf(folder, name, base, requests[0]!, context) }
}

function childrenOf(
  folder: string,
  name: string,
  base: EntryBase,
  via: PackageRequest,
  context: ResolveContext,
): readonly PackageRequest[] {
  const { entries, diagnostics } = readPackages(folder, context.variables)
  passOn(diagnostics, name, via, context)
  return entries.flatMap((entry) => admitEntry(entry, base, name, via.location, context))
}

/** The file of a package is not at hand for the reader, so its errors are told at the entry that brought it. */
function passOn(
  diagnostics: readonly Diagnostic[],
  name: string,
  via: PackageRequest,
  context: ResolveContext,
): void {
  for (const { code, severity, message, hint, location } of diagnostics) {
    if (severity === 'warning') continue
    context.errors.push({
      code,
      severity,
      message: `${location.file} of ${name}, line ${location.line}: ${message}`,
      ...(hint === undefined ? {} : { hint }),
      location: via.location,
    })
  }
}

function warn(context: ResolveContext, warning: Omit<Diagnostic, 'severity'>): void {
  context.warnings.set(`${warning.code} ${warning.message}`, { ...warning, severity: 'warning' })
}

/** What an entry asks for, in a word. */
export function asks(entry: PackageEntry): string {
  if (entry.kind === 'hub') return entry.versions.join(',')
  return entry.kind === 'git' ? (entry.revision ?? 'the default branch') : 'any version'
}

function conflict(name: string, requests: readonly PackageRequest[]): Diagnostic {
  const wishes = requests.map(({ requester, entry }) => `${requester} asks for ${asks(entry)}`)
  return {
    code: 'PACKAGE_CONFLICT',
    severity: 'error',
    message: `no one version of ${name} is right for all: ${wishes.join('; ')}`,
    hint: 'Widen the range in packages.yml, or take other versions of the packages that ask for it.',
    location: requests[0]!.location,
    related: requests.slice(1).map(({ requester, location }) => ({
      message: `${requester} comes by this entry`,
      location,
    })),
  }
}

function noSuchVersion(name: string, request: PackageRequest, latest: string | null): Diagnostic {
  const newest = latest === null ? 'It has no version at all.' : `The newest is ${latest}.`
  return {
    code: 'UNKNOWN_VERSION',
    severity: 'error',
    message: `the hub has no version ${asks(request.entry)} of ${name}, which ${request.requester} asks for`,
    hint: `${newest} Pre-releases need install_prerelease: true.`,
    location: request.location,
  }
}
