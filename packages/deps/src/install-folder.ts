import { createHash, randomBytes } from 'node:crypto'
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join, relative } from 'node:path'
import { ConfigurationError } from '@strata/core'

const markerName = '.strata-package.json'
/** Names that begin with two underscores are no packages, to dbt as to us. */
const stagingPrefix = '__strata-'
const thisHost = createHash('sha1').update(hostname()).digest('hex').slice(0, 8)

/** Identities of the packages that are installed, by name of their folder. A folder without our marker, or a link, has null. */
export function readInstalled(installPath: string): Map<string, string | null> {
  const installed = new Map<string, string | null>()
  if (!existsSync(installPath)) return installed
  for (const entry of readdirSync(installPath, { withFileTypes: true })) {
    if (entry.name.startsWith('__') || entry.name.startsWith('.')) continue
    if (entry.isDirectory() || entry.isSymbolicLink())
      installed.set(entry.name, entry.isDirectory() ? readMarker(join(installPath, entry.name)) : null)
  }
  return installed
}

function readMarker(folder: string): string | null {
  try {
    const marker = JSON.parse(readFileSync(join(folder, markerName), 'utf8')) as {
      readonly identity?: unknown
    }
    return typeof marker.identity === 'string' ? marker.identity : null
  } catch {
    return null
  }
}

/** A new folder beside the packages, so that a finished package gets to its place by a rename. */
export function createStaging(installPath: string): string {
  recoverStaging(installPath)
  const name = `${stagingPrefix}${thisHost}-${process.pid}-${randomBytes(4).toString('hex')}`
  const folder = join(installPath, name)
  mkdirSync(folder, { recursive: true })
  return folder
}

/**
 * Clears up after installations that were killed: a package that was put aside for a new one which never came goes back to
 * its place. Those of processes that still run are left alone.
 */
export function recoverStaging(installPath: string): void {
  if (!existsSync(installPath)) return
  for (const name of readdirSync(installPath)) {
    if (!name.startsWith(stagingPrefix)) continue
    const folder = join(installPath, name)
    if (!isAbandoned(name, folder)) continue
    const aside = join(folder, 'aside')
    for (const old of existsSync(aside) ? readdirSync(aside) : [])
      if (!isThere(join(installPath, old))) renameSync(join(aside, old), join(installPath, old))
    rmSync(folder, { recursive: true, force: true })
  }
}

function isAbandoned(name: string, folder: string): boolean {
  const [host, pid] = name.slice(stagingPrefix.length).split('-')
  if (host !== thisHost) return Date.now() - statSync(folder).mtimeMs > 24 * 3_600_000
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Marks a fetched package as `identity` and moves it to its place; what was there before is put aside until then. */
export function placeFetched(
  installPath: string,
  staging: string,
  name: string,
  folder: string,
  identity: string,
): void {
  writeFileSync(join(folder, markerName), `${JSON.stringify({ identity })}\n`)
  swapIn(installPath, staging, name, folder)
}

/** Whether the place of a local package holds a link to it. */
export function isLinked(installPath: string, name: string, source: string): boolean {
  const place = join(installPath, name)
  try {
    return lstatSync(place).isSymbolicLink() && realpathSync(place) === realpathSync(source)
  } catch {
    return false
  }
}

/** Links a local package to its place, or copies it where the file system knows no links. */
export function placeLocal(
  installPath: string,
  staging: string,
  name: string,
  source: string,
  identity: string,
): void {
  const real = realpathSync(source)
  const link = join(staging, `link-${name}`)
  try {
    symlinkSync(relative(realpathSync(installPath), real) || '.', link, 'dir')
  } catch {
    const skipped = realpathSync(installPath)
    cpSync(real, link, {
      recursive: true,
      filter: (path) => path !== skipped && !/[\\/](\.git|node_modules|target|\.strata)$/.test(path),
    })
    placeFetched(installPath, staging, name, link, identity)
    return
  }
  swapIn(installPath, staging, name, link)
}

function swapIn(installPath: string, staging: string, name: string, fresh: string): void {
  const place = join(installPath, name)
  // A rename replaces a link by a link at once, which it cannot do with folders.
  const links = [place, fresh].every((path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
  for (let attempt = 1; ; attempt++) {
    try {
      if (!links) putAside(installPath, staging, name)
      renameSync(fresh, place)
      return
    } catch (error) {
      // Another installation has put its own there, or taken the old one away, in between.
      const { code } = error as NodeJS.ErrnoException
      if (attempt === 10 || !['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EISDIR'].includes(code ?? '')) throw error
    }
  }
}

/** Takes a package from its place. */
export function putAside(installPath: string, staging: string, name: string): void {
  const place = join(installPath, name)
  if (!isThere(place)) return
  const aside = join(staging, 'aside')
  mkdirSync(aside, { recursive: true })
  rmSync(join(aside, name), { recursive: true, force: true })
  renameSync(place, join(aside, name))
}

/** Throws where a folder that is no package stands in the place of one: it is somebody's, and stays. */
export function refuseForeign(installPath: string, name: string): void {
  const place = join(installPath, name)
  if (!isThere(place) || lstatSync(place).isSymbolicLink()) return
  const files = lstatSync(place).isDirectory() ? readdirSync(place) : [name]
  if (files.length === 0 || files.includes(markerName) || files.includes('dbt_project.yml')) return
  throw new ConfigurationError({
    code: 'FOREIGN_FOLDER',
    message: `${place} is in the place of the package ${name}, and is no package`,
    hint: 'Move it elsewhere, or set packages-install-path in the project file.',
  })
}

/** Whether the link leads to a package, and so was made by this command or by dbt. */
export function isPackageLink(installPath: string, name: string): boolean {
  const place = join(installPath, name)
  try {
    readlinkSync(place)
    return (
      !existsSync(place) ||
      existsSync(join(place, 'dbt_project.yml')) ||
      existsSync(join(place, 'strata.yml'))
    )
  } catch {
    return false
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
