import { realpathSync } from 'node:fs'
import { basename, dirname, join, posix } from 'node:path'
import glob from 'fast-glob'

/** The files of one package. All paths are relative to the project directory. */
export interface FoundFiles {
  /** Files below any of the roots whose name has one of the endings, sorted. */
  below(roots: readonly string[], endings: readonly string[]): readonly string[]
}

/** Walks the given roots of a package once. `folder` is where the package stands: `''`, or `dbt_packages/dbt_utils/`. */
export function findFiles(directory: string, folder: string, roots: readonly string[]): FoundFiles {
  const prefixes = [...new Set(roots.map((root) => prefixOf(folder, root)))]
  const entries =
    prefixes.length === 0
      ? []
      : glob.sync(
          prefixes.map((prefix) => `${glob.escapePath(prefix)}**/*`),
          {
            cwd: directory,
            ignore: ['**/node_modules/**', `${glob.escapePath(`${folder}target`)}/**`],
            dot: false,
            suppressErrors: true,
            onlyFiles: false,
            objectMode: true,
          },
        )
  // A link that leads nowhere is no file; whoever made it should hear of that.
  const files = entries
    .filter(({ dirent }) => dirent.isFile() || dirent.isSymbolicLink())
    .map(({ path }) => path)
    .sort()
  return {
    below(wanted, endings) {
      const places = wanted.map((root) => prefixOf(folder, root))
      const chosen = files.filter(
        (path) =>
          endings.some((ending) => endsSo(path, ending)) && places.some((place) => path.startsWith(place)),
      )
      return withoutLoops(directory, chosen)
    },
  }
}

/** As for dbt `A.SQL` is a file of SQL; what is TypeScript decides its loader. */
function endsSo(path: string, ending: string): boolean {
  return path.endsWith(ending) || (ending !== '.ts' && path.toLowerCase().endsWith(ending))
}

function prefixOf(folder: string, root: string): string {
  const path = posix.normalize(`${folder}${root}/`)
  return path === './' ? '' : path.replace(/^\.\//, '')
}

/** A symbolic link into a folder above it shows the same files again and again: each counts once, at its shortest path. */
function withoutLoops(directory: string, paths: readonly string[]): readonly string[] {
  const real = new Map<string, string>()
  const seen = new Set<string>()
  return [...paths]
    .sort((a, b) => a.length - b.length)
    .filter((path) => {
      const folder = dirname(path)
      let realFolder = real.get(folder)
      if (realFolder === undefined) {
        realFolder = realpathSync(join(directory, folder))
        real.set(folder, realFolder)
      }
      const key = `${realFolder}/${basename(path)}`
      if (seen.has(key)) return false
      seen.add(key)
      return true
    })
    .sort()
}
