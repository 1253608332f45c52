import type { Json, Location } from '@strata/core'

/** An entry of a packages file, rendered. `written` is the entry as it stands in the file, templates and all. */
export type PackageEntry = HubEntry | GitEntry | LocalEntry | TarballEntry

interface EntryBase {
  readonly written: { readonly [key: string]: Json }
  /** Of the file that declares it. */
  readonly location: Location
}

export interface HubEntry extends EntryBase {
  readonly kind: 'hub'
  /** `namespace/name` */
  readonly package: string
  /** Each one range or exact version, such as `>=1.0.0`; all must hold. */
  readonly versions: readonly string[]
  /** The same as it stands in the file, rendered: a text, a number or a list. */
  readonly version: Json
  readonly prerelease: boolean
}

export interface GitEntry extends EntryBase {
  readonly kind: 'git'
  readonly url: RenderedUrl
  readonly revision: string | null
  /** Folder of the repository that holds the package, with forward slashes; null is its root. */
  readonly subdirectory: string | null
  readonly warnUnpinned: boolean
}

export interface LocalEntry extends EntryBase {
  readonly kind: 'local'
  readonly path: string
}

export interface TarballEntry extends EntryBase {
  readonly kind: 'tarball'
  readonly url: RenderedUrl
  readonly name: string
}

/** An address with its variables filled in: `value` may hold secrets and is never shown or written. */
export interface RenderedUrl {
  readonly value: string
  /** As written in the file: safe to show and to lock. */
  readonly written: string
  /** The variables in it. */
  readonly variables: readonly string[]
}

/** An entry, and who asks for it: what a conflict is told with. */
export interface PackageRequest {
  readonly entry: PackageEntry
  /** `packages.yml`, or the package that asks, such as `dbt_date 0.10.0`. */
  readonly requester: string
  /** The entry of the root project that it came by. */
  readonly location: Location
}

/** One exact version of a package: what a lock file lists. */
export type PinnedPackage =
  | { readonly kind: 'hub'; readonly package: string; readonly version: string }
  | {
      readonly kind: 'git'
      readonly url: RenderedUrl
      /** A commit. */
      readonly revision: string
      readonly subdirectory: string | null
    }
  /** `path` is relative to the root project, or absolute as it was written. */
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 'tarball'; readonly url: RenderedUrl }

/** Short text for a line of output: `1.3.0`, `1a2b3c4`, nothing. */
export function pinnedVersion(pinned: PinnedPackage): string {
  if (pinned.kind === 'hub') return pinned.version
  return pinned.kind === 'git' ? pinned.revision.slice(0, 7) : ''
}
