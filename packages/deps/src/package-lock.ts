import { redact } from '@strata/core'
import { stringify } from 'yaml'
import type { PinnedPackage } from './package-request.ts'

export const lockFileName = 'package-lock.yml'

/** A pinned package and the name of the project in it. */
export interface LockedPackage {
  readonly pinned: PinnedPackage
  readonly name: string
}

/** What identifies a pinned package, in the keys of a lock file. Addresses stand as written in the packages file, without secrets. */
export function lockKeys(pinned: PinnedPackage): { readonly [key: string]: string } {
  switch (pinned.kind) {
    case 'hub':
      return { package: pinned.package, version: pinned.version }
    case 'git':
      return {
        git: redact(pinned.url.written),
        revision: pinned.revision,
        ...(pinned.subdirectory === null ? {} : { subdirectory: pinned.subdirectory }),
      }
    case 'local':
      return { local: pinned.path }
    case 'tarball':
      return { tarball: redact(pinned.url.written) }
  }
}

/** Text of a lock file in dbt's shape: keys sorted, then the hash of the package list. */
export function renderLock(packages: readonly LockedPackage[], hash: string): string {
  const list = packages.map(({ pinned, name }) => ({ ...lockKeys(pinned), name }))
  return stringify(
    { packages: list, sha1_hash: hash },
    { sortMapEntries: true, lineWidth: 0, version: '1.1' },
  )
}
