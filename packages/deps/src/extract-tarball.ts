import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join, posix } from 'node:path'
import { StrataError } from '@strata/core'
import { extract, list, type ReadEntry } from 'tar'

/** How much a package may hold. */
export interface PackageLimits {
  /** Of what is downloaded. */
  readonly downloadBytes: number
  readonly bytes: number
  readonly files: number
}

export const defaultLimits: PackageLimits = {
  downloadBytes: 200_000_000,
  bytes: 1_000_000_000,
  files: 100_000,
}

/**
 * Unpacks a .tar.gz into `folder`. The package is in its only folder, or in `folder` itself; links out of it are left out.
 * Looks at every entry first, and refuses the archive as a whole when one of them is not what a package holds.
 */
export function extractTarball(
  file: string,
  folder: string,
  shown: string,
  limits: PackageLimits,
): { readonly folder: string; readonly removedLinks: readonly string[] } {
  const removedLinks: string[] = []
  const state = { bytes: 0, files: 0 }
  const attempt = <T>(work: () => T): T => {
    try {
      return work()
    } catch (cause) {
      if (cause instanceof StrataError) throw cause
      throw new StrataError({
        code: 'BAD_ARCHIVE',
        message: `${shown} cannot be unpacked: ${(cause as Error).message}`,
        hint: 'It must be a .tar.gz; the download may have been cut short, or be a login page.',
        cause,
      })
    }
  }
  attempt(() => {
    list({
      file,
      sync: true,
      strict: true,
      onReadEntry: (entry) => {
        state.bytes += entry.size
        state.files += 1
        const problem = problemOf(entry, state, limits)
        if (problem !== null) throw hostile(shown, problem)
      },
    })
  })
  mkdirSync(folder, { recursive: true })
  attempt(() => {
    extract({
      file,
      cwd: folder,
      sync: true,
      strict: true,
      preserveOwner: false,
      noMtime: true,
      umask: 0o022,
      filter: (path, entry) => {
        if (path.split('/').includes('.git')) return false
        if (!('type' in entry) || !isStray(path, entry)) return true
        removedLinks.push(`${path.replace(/^[^/]*\//, '')} -> ${entry.linkpath}`)
        return false
      },
    })
  })
  const [only, ...others] = readdirSync(folder)
  const alone = only !== undefined && others.length === 0 && !existsSync(join(folder, 'dbt_project.yml'))
  return { folder: alone ? join(folder, only) : folder, removedLinks }
}

const kinds = ['File', 'OldFile', 'ContiguousFile', 'Directory', 'SymbolicLink', 'Link']

function problemOf(
  entry: ReadEntry,
  total: { readonly bytes: number; readonly files: number },
  limits: PackageLimits,
): string | null {
  const path = JSON.stringify(entry.path)
  if (entry.path.startsWith('/') || /^[a-z]:/i.test(entry.path)) return `${path} is an absolute path`
  if (entry.path.split('/').includes('..')) return `${path} leads out of the package`
  if (/[\u0000-\u001f\u007f\\]/.test(entry.path)) return `${path} is not a name for a file`
  if (!kinds.includes(entry.type)) return `${path} is a ${entry.type}`
  if (entry.type === 'Link' && leaves(entry.linkpath ?? '')) return `${path} links to a file outside`
  if (total.bytes > limits.bytes) return `it unpacks to more than ${Math.floor(limits.bytes / 1_000_000)} MB`
  if (total.files > limits.files) return `it holds more than ${limits.files} files`
  return null
}

/** A symbolic link out of the archive. Harmless in a repository (a licence one folder up), so it is left out, not refused. */
function isStray(
  path: string,
  entry: { readonly type: string; readonly linkpath?: string | undefined },
): boolean {
  if (entry.type !== 'SymbolicLink') return false
  const target = entry.linkpath ?? ''
  return target.startsWith('/') || leaves(posix.join(posix.dirname(path), target))
}

function leaves(path: string): boolean {
  const normal = posix.normalize(path)
  return normal.startsWith('/') || normal === '..' || normal.startsWith('../')
}

function hostile(shown: string, problem: string): StrataError {
  return new StrataError({
    code: 'HOSTILE_ARCHIVE',
    message: `${shown} is refused: ${problem}`,
    hint: 'A package of SQL files holds no such thing. Ask its author, or take the package from git.',
  })
}
