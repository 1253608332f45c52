import { chmodSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ServerPlace, serverPlace } from '../embedded/server-place.ts'
import { resetEmbeddedServer } from '../index.ts'
import { killEmbeddedUsers } from './spawn-embedded-user.ts'

/** An empty project folder with a place for an embedded server of its own. */
export interface TestProject {
  readonly directory: string
  readonly place: ServerPlace
  /** Stops its server and deletes everything. */
  remove(): Promise<void>
}

/** `mode` is that of the folder above the project's. */
export function makeTestProject(mode = 0o755): TestProject {
  const above = mkdtempSync(join(tmpdir(), 'strata-project-'))
  chmodSync(above, mode)
  const directory = mkdtempSync(join(above, 'p-'))
  chmodSync(directory, 0o755)
  const place = serverPlace(directory)
  return {
    directory,
    place,
    async remove() {
      await killEmbeddedUsers()
      await resetEmbeddedServer({ projectDirectory: directory })
      rmSync(place.socketDirectory, { recursive: true, force: true })
      rmSync(place.root, { recursive: true, force: true })
      if (place.root.startsWith('/var/tmp/')) removeIfEmpty(dirname(place.root))
      rmSync(above, { recursive: true, force: true })
    },
  }
}

/** Waits until the condition holds; throws after the given time. */
export async function eventually(condition: () => boolean | Promise<boolean>, seconds = 20): Promise<void> {
  for (const deadline = Date.now() + seconds * 1_000; ; ) {
    if (await condition()) return
    if (Date.now() > deadline) throw new Error(`not within ${seconds} seconds`)
    await sleep(25)
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Other projects have theirs in it, or it was never made.
  }
}
