import { SourceError, StrataError } from '@strata/core'
import { fetchJson, type HttpSettings } from './fetch-http.ts'
import { compareVersions, parseRange } from './version.ts'

/** What the hub knows of one version of a package. */
export interface HubVersion {
  /** Of the project in it. */
  readonly name: string
  readonly tarball: string
  /** Its own packages, as in a packages file. */
  readonly packages: readonly unknown[]
}

export interface HubPackage {
  readonly versions: ReadonlyMap<string, HubVersion>
  /** `namespace/name` that the package has moved to. */
  readonly movedTo: string | null
  /** The newest version that is no pre-release. */
  readonly latest: string | null
}

export const defaultHubUrl = 'https://hub.getdbt.com'

/** Looks a package up on the hub. */
export async function readHubPackage(
  name: string,
  hubUrl: string,
  settings: HttpSettings,
): Promise<HubPackage> {
  const address = `${hubUrl.replace(/\/+$/, '')}/api/v1/${name}.json`
  const answer = await fetchJson({ value: address, written: address }, settings)
  if (answer === null) {
    throw new StrataError({
      code: 'UNKNOWN_PACKAGE',
      message: `the hub has no package ${name}`,
      hint: `Check the name, namespace and all, at ${hubUrl}`,
    })
  }
  const body = asObject(answer)
  const listed = asObject(body?.['versions'])
  if (body === null || listed === null) throw badAnswer(address)
  const versions = new Map<string, HubVersion>()
  for (const [key, value] of Object.entries(listed)) {
    const version = asObject(value)
    const tarball = asObject(version?.['downloads'])?.['tarball']
    if (version === null || typeof tarball !== 'string' || parseRange(key)?.comparator !== '=') continue
    const packages = version['packages']
    versions.set(key, {
      name: typeof version['name'] === 'string' ? version['name'] : name.split('/')[1]!,
      tarball,
      packages: Array.isArray(packages) ? packages : [],
    })
  }
  const [namespace, own] = name.split('/')
  const to = [body['redirectnamespace'], body['redirectname']].map((part) =>
    typeof part === 'string' && part !== '' ? part : null,
  )
  return {
    versions,
    movedTo: to[0] || to[1] ? `${to[0] ?? namespace}/${to[1] ?? own}` : null,
    latest: latestOf([...versions.keys()]),
  }
}

function latestOf(versions: readonly string[]): string | null {
  return versions
    .filter((text) => parseRange(text)!.version.prerelease === null)
    .reduce<string | null>(
      (best, text) =>
        best === null || compareVersions(parseRange(text)!.version, parseRange(best)!.version) > 0
          ? text
          : best,
      null,
    )
}

function asObject(value: unknown): { readonly [key: string]: unknown } | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: unknown })
    : null
}

function badAnswer(address: string): SourceError {
  return new SourceError({
    code: 'BAD_ANSWER',
    message: `${address} is not what a package hub answers`,
    hint: 'Check DBT_PACKAGE_HUB_URL: it is the address of the hub, without /api.',
  })
}
