import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Workspace } from './workspace.ts'

type Place = Pick<Workspace, 'directory' | 'target'>

/** What is kept beside a target for the next command. */
export type KeptKind = 'check' | 'lineage'

/** What the last command for the same target left; null: nothing. */
export function readKeptFile(workspace: Place, kind: KeptKind): string | null {
  try {
    return readFileSync(pathOf(workspace, kind), 'utf8')
  } catch {
    return null
  }
}

/** A project that cannot be written to does without. */
export function writeKeptFile(workspace: Place, kind: KeptKind, text: string): void {
  const path = pathOf(workspace, kind)
  try {
    mkdirSync(dirname(path), { recursive: true })
    const beside = `${path}.${process.pid}.tmp`
    writeFileSync(beside, text)
    renameSync(beside, path)
  } catch {
    // The next command makes it again.
  }
}

function pathOf({ directory, target }: Place, kind: KeptKind): string {
  const name = `${target.name}-${target.prefix}`.replace(/[^\w-]/g, '_')
  return join(directory, 'target', 'cache', `${kind}-${name}.${kind === 'check' ? 'json' : 'tsv'}`)
}
