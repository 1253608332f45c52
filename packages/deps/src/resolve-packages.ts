import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Diagnostic } from '@strata/core'
import { admitEntry } from './admit-entry.ts'
import { asks, choosePackage, type ResolveContext, type ResolvedPackage } from './choose-package.ts'
import type { LockedPackage } from './package-lock.ts'
import type { PackageEntry, PackageRequest } from './package-request.ts'
import { displayPinned, type PackageSession } from './package-session.ts'
import type { DeclaredPackages } from './read-packages.ts'
import type { Variables } from './render-value.ts'

export interface Resolution {
  /** In the order in which they are first asked for. */
  readonly packages: readonly LockedPackage[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Requests for one package, by the key that makes them one. */
type Requests = Map<string, PackageRequest[]>

/**
 * Chooses one version of every package that the root project and its packages ask for. Goes round until no choice adds or
 * removes a request; there is no backtracking, so a conflict is told with all who take part in it.
 * Throws `StrataError` when something cannot be fetched.
 */
export async function resolvePackages(
  declared: DeclaredPackages,
  rootName: string | null,
  directory: string,
  variables: Variables,
  session: PackageSession,
): Promise<Resolution> {
  const context: ResolveContext = {
    directory,
    variables,
    session,
    trusted: new Set(),
    errors: [],
    warnings: new Map(),
  }
  const roots = declared.entries.flatMap((entry) =>
    admitEntry(entry, { kind: 'own', path: '.' }, declared.file!, entry.location, context),
  )
  let before: Requests = new Map()
  for (let round = 0; round < 20; round++) {
    const { requests, chosen } = await goRound(roots, before, context)
    if (context.errors.length === 0 && !sameRequests(before, requests)) {
      before = requests
      continue
    }
    const duplicates = context.errors.length > 0 ? [] : findDuplicates(chosen, requests, rootName)
    return {
      packages: [...chosen.values()].map(({ pinned, name }) => ({ pinned, name })),
      diagnostics: [...context.errors, ...duplicates, ...context.warnings.values()],
    }
  }
  const location = roots[0]!.location
  return {
    packages: [],
    diagnostics: [
      {
        code: 'PACKAGES_DO_NOT_SETTLE',
        severity: 'error',
        message: 'the packages ask for each other in versions that never agree',
        hint: 'Ask for exact versions in packages.yml.',
        location,
      },
    ],
  }
}

async function goRound(
  roots: readonly PackageRequest[],
  before: Requests,
  context: ResolveContext,
): Promise<{ readonly requests: Requests; readonly chosen: Map<string, ResolvedPackage> }> {
  const requests: Requests = new Map()
  const chosen = new Map<string, ResolvedPackage>()
  const waiting = [...roots]
  const add = (request: PackageRequest): void => {
    const key = keyOf(request.entry, context)
    requests.set(key, [...(requests.get(key) ?? []), request])
  }
  // All that one level asks for is known before the first of it is chosen.
  while (waiting.length > 0) {
    const level = waiting.splice(0)
    for (const request of level) add(request)
    for (const request of level) {
      const key = keyOf(request.entry, context)
      if (chosen.has(key) || context.errors.length > 0) continue
      const resolved = await choosePackage(before.get(key) ?? requests.get(key)!, context)
      if (resolved === null) continue
      chosen.set(key, resolved)
      waiting.push(...resolved.children)
    }
  }
  return { requests, chosen }
}

function keyOf(entry: PackageEntry, { directory }: ResolveContext): string {
  switch (entry.kind) {
    case 'hub':
      return `hub ${entry.package}`
    case 'git':
      return `git ${entry.url.value.replace(/\/*(\.git)?\/*$/, '')} ${entry.subdirectory ?? ''}`
    case 'tarball':
      return `tarball ${entry.url.value}`
    case 'local':
      return `local ${realPath(resolve(directory, entry.path))}`
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function sameRequests(before: Requests, after: Requests): boolean {
  const shape = (requests: Requests): string =>
    JSON.stringify(
      [...requests]
        .map(([key, list]) => [key, list.map(({ requester, entry }) => [requester, asks(entry)]).sort()])
        .sort(),
    )
  return shape(before) === shape(after)
}

function findDuplicates(
  chosen: ReadonlyMap<string, ResolvedPackage>,
  requests: Requests,
  rootName: string | null,
): Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const seen = new Map<string, string>()
  for (const [key, { name, pinned }] of chosen) {
    const request = requests.get(key)![0]!
    const other = seen.get(name)
    if (name === rootName) {
      diagnostics.push({
        code: 'PACKAGE_IS_ROOT',
        severity: 'error',
        message: `${displayPinned(pinned)}, asked for by ${request.requester}, has the name of this project: ${name}`,
        hint: 'A project cannot be its own package: rename one of the two, or leave the package out.',
        location: request.location,
      })
    } else if (other !== undefined) {
      const first = requests.get(other)![0]!
      diagnostics.push({
        code: 'DUPLICATE_PACKAGE',
        severity: 'error',
        message: `two packages are called ${name}: ${displayPinned(chosen.get(other)!.pinned)}, asked for by ${first.requester}, and ${displayPinned(pinned)}, asked for by ${request.requester}`,
        hint: 'Keep one of them. Where one comes by another package, ask for it in the same way (hub, git, local) as that package does.',
        location: request.location,
        related: [{ message: `the other ${name} comes by this entry`, location: first.location }],
      })
    } else seen.set(name, key)
  }
  return diagnostics
}
