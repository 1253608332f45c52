import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Workspace } from './workspace.ts'
import { writeBeside } from './write-beside.ts'

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
  writeBeside(pathOf(workspace, kind), text)
}

function pathOf({ directory, target }: Place, kind: KeptKind): string {
  const name = `${target.name}-${target.prefix}`.replace(/[^\w-]/g, '_')
  return join(directory, 'target', 'cache', `${kind}-${name}.${kind === 'check' ? 'json' : 'tsv'}`)
}
