import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Workspace } from './workspace.ts'

type Place = Pick<Workspace, 'directory' | 'target'>

/** What the last check for the same target left; null: nothing. */
export function readCheckCache(workspace: Place): string | null {
  try {
    return readFileSync(pathOf(workspace), 'utf8')
  } catch {
    return null
  }
}

/** A project that cannot be written to does without. */
export function writeCheckCache(workspace: Place, text: string): void {
  const path = pathOf(workspace)
  try {
    mkdirSync(dirname(path), { recursive: true })
    const beside = `${path}.${process.pid}.tmp`
    writeFileSync(beside, text)
    renameSync(beside, path)
  } catch {
    // The next check asks again.
  }
}

function pathOf({ directory, target }: Place): string {
  const name = `${target.name}-${target.prefix}`.replace(/[^\w-]/g, '_')
  return join(directory, 'target', 'cache', `check-${name}.json`)
}
