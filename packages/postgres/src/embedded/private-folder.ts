import { chmodSync, chownSync, lstatSync, mkdirSync, type Stats } from 'node:fs'
import { ConfigurationError } from '@strata/core'
import type { ServerUser } from './server-user.ts'

/**
 * Makes a folder that is ours and nobody else's, also below a /tmp in which others may have put one of that name. Throws
 * `ConfigurationError` (`EMBEDDED_DIRECTORY`) where it is somebody else's.
 */
export function makePrivateFolder(
  path: string,
  mode: number,
  uid: number,
  user: ServerUser | null = null,
): void {
  try {
    mkdirSync(path, { mode })
    if (user !== null) chownSync(path, user.uid, user.gid)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    // Root that makes it at this moment has yet to hand it over.
    for (let attempt = 0; attempt < 20 && lstatSync(path).uid !== uid; attempt++) pause()
  }
  assertPrivateFolder(path, uid)
  // Whatever the umask was.
  if ((lstatSync(path).mode & 0o777) !== mode) chmodSync(path, mode)
}

/** Whether the folder is there. Throws `ConfigurationError` (`EMBEDDED_DIRECTORY`) where something is that is not ours. */
export function assertPrivateFolder(path: string, uid: number): boolean {
  let found: Stats
  try {
    found = lstatSync(path)
  } catch {
    return false
  }
  if (found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0) return true
  throw new ConfigurationError({
    code: 'EMBEDDED_DIRECTORY',
    message: `${path} exists, and is not a private folder of this user`,
    hint: 'Remove it, or set DATABASE_URL to use a server of your own.',
  })
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
}
