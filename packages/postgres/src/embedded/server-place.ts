import { createHash } from 'node:crypto'
import { chmodSync, chownSync, lstatSync, mkdirSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ConfigurationError } from '@strata/core'
import { findServerUser, type ServerUser } from './server-user.ts'

/** Where one project's embedded server lives. */
export interface ServerPlace {
  /** Holds everything else but the socket. */
  readonly root: string
  readonly dataDirectory: string
  readonly logFile: string
  /** Holds the first lines of the postmaster.pid of a server that is to keep running. */
  readonly keepFile: string
  /** Private folder of the Unix socket: short, for a socket's path may have 107 bytes. */
  readonly socketDirectory: string
  readonly user: ServerUser | null
}

/**
 * The server's folders: in `.strata/` of the project, or below /var/tmp where the server's user could not reach that (a
 * checkout of root's, in a folder that others cannot enter). Makes nothing.
 */
export function serverPlace(projectDirectory: string): ServerPlace {
  const project = realpathSync(projectDirectory)
  const user = findServerUser()
  const hash = createHash('sha256').update(project).digest('hex').slice(0, 12)
  const own = process.getuid?.() ?? 0
  const root =
    user === null || canTraverse(project, user)
      ? join(project, '.strata', 'postgres')
      : join('/var/tmp', `strata-${own}`, hash)
  return {
    root,
    dataDirectory: join(root, 'data'),
    logFile: join(root, 'server.log'),
    keepFile: join(root, 'keep'),
    socketDirectory: `/tmp/strata-${own}-${hash}`,
    user,
  }
}

/** Makes the folders that are missing. Throws `ConfigurationError` where it may not, or where they are somebody else's. */
export function preparePlace(place: ServerPlace): void {
  const serverUid = place.user?.uid ?? process.getuid?.() ?? 0
  try {
    if (place.root.startsWith('/var/tmp/')) makeOwned(dirname(place.root), 0o711, process.getuid?.() ?? 0)
    mkdirSync(place.root, { recursive: true, mode: 0o755 })
    // What is in .strata/ never belongs into a repository, whatever the project's .gitignore says.
    if (!place.root.startsWith('/var/tmp/')) writeFileSync(join(dirname(place.root), '.gitignore'), '*\n')
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause
    throw new ConfigurationError({
      code: 'EMBEDDED_DIRECTORY',
      message: `cannot make the folder of the embedded server: ${(cause as Error).message}`,
      hint: 'Make the project folder writable, or set DATABASE_URL to use a server of your own.',
      cause,
    })
  }
  makeOwned(place.socketDirectory, 0o700, serverUid, place.user)
}

/** A folder that is ours and nobody else's, also below a /tmp in which others may have put one of that name. */
function makeOwned(path: string, mode: number, uid: number, user: ServerUser | null = null): void {
  try {
    mkdirSync(path, { mode })
    if (user !== null) chownSync(path, user.uid, user.gid)
    chmodSync(path, mode)
    return
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  for (let attempt = 0; ; attempt++) {
    const found = lstatSync(path)
    if (found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0) return
    // Somebody who makes it at this moment has yet to hand it over.
    if (attempt >= 20) break
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
  }
  throw new ConfigurationError({
    code: 'EMBEDDED_DIRECTORY',
    message: `${path} exists, and is not a private folder of this user`,
    hint: 'Remove it, or set DATABASE_URL to use a server of your own.',
  })
}

/** Whether the user may enter every folder on the way. Access lists are not looked at. */
function canTraverse(directory: string, user: ServerUser): boolean {
  for (let folder = directory; ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder)
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
    if ((mode & bit) === 0) return false
    if (folder === dirname(folder)) return true
  }
}
