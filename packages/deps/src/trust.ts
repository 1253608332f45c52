import { problemOfGitUrl } from './fetch-git.ts'
import type { PackageEntry } from './package-request.ts'

/** What the user's own files send where: pairs of a variable and a host. */
export type TrustedHosts = Set<string>

/** Notes what an entry of the user's own files sends where. */
export function trustEntry(entry: PackageEntry, trusted: TrustedHosts): void {
  if (entry.kind !== 'git' && entry.kind !== 'tarball') return
  for (const variable of entry.url.variables) trusted.add(`${variable} ${hostOf(entry.url.value)}`)
}

/**
 * Why an entry of a fetched package is refused, or null. What comes from elsewhere may not send this machine's variables
 * to a host of its choice, nor read this machine's folders.
 */
export function problemOfFetchedEntry(
  entry: PackageEntry,
  trusted: TrustedHosts,
): { readonly message: string; readonly hint: string } | null {
  if (entry.kind === 'hub' && String(entry.written['package']).includes('{{')) {
    return {
      message: 'it makes the name of a package from a variable of this machine',
      hint: 'Ask its author for a fixed name.',
    }
  }
  if (entry.kind === 'local') {
    return {
      message: `it asks for the local package ${entry.path}, which is not in what was fetched`,
      hint: 'Add that package to your own packages.yml by git: or from the hub.',
    }
  }
  if (entry.kind !== 'git' && entry.kind !== 'tarball') return null
  const host = hostOf(entry.url.value)
  if (entry.kind === 'git' && host === '') {
    return {
      message: `it asks for ${entry.url.written}, a repository on this machine`,
      hint: 'Add that package to your own packages.yml.',
    }
  }
  const stranger = entry.url.variables.find((variable) => !trusted.has(`${variable} ${host}`))
  if (stranger === undefined) return null
  return {
    message: `it would send the variable ${stranger} to ${host}`,
    hint: 'If that is right, add the package to your own packages.yml as well, with the same variable.',
  }
}

/** Host and port; empty for a path or file:. */
function hostOf(url: string): string {
  if (problemOfGitUrl(url) !== null) return '?'
  if (/^file:/i.test(url)) return ''
  if (URL.canParse(url) && url.includes('://')) return new URL(url).host
  return /^(?:[^/@]+@)?([^/:]+):/.exec(url)?.[1] ?? ''
}
