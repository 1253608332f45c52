import { lstatSync, readdirSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { StrataError } from '@strata/core'
import type { PackageLimits } from './extract-tarball.ts'

/**
 * Looks over a fetched package before it is installed: removes symbolic links that lead out of it or nowhere, and `.git`
 * folders; returns the links removed. Throws when it holds more than a package may.
 */
export function vetTree(root: string, shown: string, limits: PackageLimits): readonly string[] {
  const real = realpathSync(root)
  const removed: string[] = []
  const total = { bytes: 0, files: 0 }
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.name === '.git') rmSync(path, { recursive: true, force: true })
      else if (entry.isSymbolicLink()) {
        if (staysInside(real, path)) continue
        removed.push(`${relative(root, path)} -> ${readlinkSync(path)}`)
        rmSync(path)
      } else if (entry.isDirectory()) walk(path)
      else if (entry.isFile()) {
        total.files += 1
        total.bytes += lstatSync(path).size
      } else rmSync(path)
      if (total.bytes > limits.bytes || total.files > limits.files) {
        throw new StrataError({
          code: 'PACKAGE_TOO_LARGE',
          message: `${shown} holds more than ${limits.files} files or ${Math.floor(limits.bytes / 1_000_000)} MB`,
          hint: 'No package of SQL files is that large; check the address and the subdirectory.',
        })
      }
    }
  }
  walk(root)
  return removed
}

function staysInside(root: string, link: string): boolean {
  if (isAbsolute(readlinkSync(link))) return false
  try {
    const way = relative(root, realpathSync(link))
    return way !== '..' && !way.startsWith('../') && !isAbsolute(way)
  } catch {
    return false
  }
}
