import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerPlace } from './server-place.ts'

/** Nothing that lives is that old: copying and initdb take seconds. */
const oldMs = 10 * 60 * 1000

/** Deletes what starters that were killed have left half made. */
export function removeLeftovers(place: ServerPlace, now = Date.now()): void {
  for (const name of readdirSync(place.root)) {
    if (!/^(init|staging|trash|stale)-/.test(name)) continue
    const path = join(place.root, name)
    try {
      if (now - statSync(path).mtimeMs > oldMs) rmSync(path, { recursive: true, force: true })
    } catch {
      // Another one deletes it as well.
    }
  }
}
