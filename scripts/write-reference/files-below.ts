import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const skipped = /^(node_modules|target|dist.*|\.strata)$/

/** Paths of all files below a folder whose names `isWanted` takes, in their order; not those of installed packages and builds. */
export function filesBelow(folder: string, isWanted: (path: string) => boolean): readonly string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((entry) => {
      const path = join(folder, entry)
      if (skipped.test(entry)) return []
      if (statSync(path).isDirectory()) return filesBelow(path, isWanted)
      return isWanted(path) ? [path] : []
    })
}
