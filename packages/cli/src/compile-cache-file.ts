import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What the last compilation for the same target left; null: nothing. */
export function readCompileCache(directory: string, name: string): string | null {
  try {
    return readFileSync(pathOf(directory, name), 'utf8')
  } catch {
    return null
  }
}

/** Keeps what makes the next compilation faster. A project that cannot be written to does without. */
export function writeCompileCache(directory: string, name: string, text: string | null): void {
  if (text === null) return
  const path = pathOf(directory, name)
  try {
    mkdirSync(dirname(path), { recursive: true })
    const beside = `${path}.${process.pid}.tmp`
    writeFileSync(beside, text)
    renameSync(beside, path)
  } catch {
    // The next compilation is a cold one.
  }
}

function pathOf(directory: string, name: string): string {
  return join(directory, 'target', 'cache', `compile-${name.replace(/[^\w-]/g, '_')}.json`)
}
