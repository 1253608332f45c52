import { createHash } from 'node:crypto'
import type { Json } from '@strata/core'
import type { PackageEntry } from './package-request.ts'

/**
 * The sha1 by which a lock file knows the package list that it was made from. The same as dbt's, so that a lock written
 * by either is honoured by the other: one JSON line an entry, as Python writes it, with the entry as written beside it.
 */
export function hashPackages(entries: readonly PackageEntry[]): string {
  const lines = entries.map((entry) => pythonJson(describe(entry)))
  lines.sort(byCodePoint)
  return createHash('sha1').update(lines.join('\n'), 'utf8').digest('hex')
}

function describe(entry: PackageEntry): Json {
  const { written } = entry
  const common: { [key: string]: Json } = { unrendered: written }
  if (written['name'] !== undefined) common['name'] = written['name']
  switch (entry.kind) {
    case 'hub':
      return {
        ...common,
        package: entry.package,
        version: entry.version,
        install_prerelease: entry.prerelease,
      }
    case 'git':
      return {
        ...common,
        git: entry.url.value,
        revision: typeof written['revision'] === 'number' ? written['revision'] : entry.revision,
        subdirectory: entry.subdirectory,
        'warn-unpinned': written['warn-unpinned'] ?? null,
      }
    case 'local':
      return { ...common, local: entry.path }
    case 'tarball':
      return { ...common, name: entry.name, tarball: entry.url.value }
  }
}

function pythonJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).sort(([a], [b]) => byCodePoint(a, b))
    return `{${pairs.map(([key, item]) => `${pythonJson(key)}: ${pythonJson(item as Json)}`).join(', ')}}`
  }
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
