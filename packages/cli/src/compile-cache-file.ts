import { isAscii } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeptTexts } from '@strata/compiler'
import { writeBeside } from './write-beside.ts'

/** What the last compilation for the same target left; null for what it did not. Each file is read when it is asked for. */
export function readCompileCache(directory: string, name: string): KeptTexts {
  return {
    get results() {
      return read(pathOf(directory, 'results', name))
    },
    get graph() {
      return read(pathOf(directory, 'graph', name))
    },
  }
}

/** Keeps what makes the next compilation faster. A project that cannot be written to does without. */
export function writeCompileCache(directory: string, name: string, kept: KeptTexts): void {
  for (const part of ['results', 'graph'] as const) {
    const text = kept[part]
    if (text !== null) writeBeside(pathOf(directory, part, name), text)
  }
}

function read(path: string): string | null {
  try {
    const bytes = readFileSync(path)
    // Megabytes, nearly always without any letter that takes decoding.
    return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8')
  } catch {
    return null
  }
}

function pathOf(directory: string, part: string, name: string): string {
  return join(directory, 'target', 'cache', `${part}-${name.replace(/[^\w-]/g, '_')}.json`)
}
