import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Writes a file that is only there to be quick: whole or not at all, and not where the project cannot be written to. */
export function writeBeside(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    const beside = `${path}.${process.pid}.tmp`
    writeFileSync(beside, text)
    renameSync(beside, path)
  } catch {
    // What is not kept is made again.
  }
}
