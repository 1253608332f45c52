import { createHash } from 'node:crypto'
import { chmodSync, existsSync, lstatSync, mkdirSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ConfigurationError } from '@strata/core'
import { makePrivateFolder } from './private-folder.ts'
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
  /** Whom root starts the server as; null where it runs as ourselves. */
  readonly user: ServerUser | null
  /** The id that the server's processes and folders have. */
  readonly serverUid: number
}

const outside = '/var/tmp'

/**
 * The server's folders: in `.strata/` of the project, or below /var/tmp where the server's user could not reach that (a
 * checkout of root's, in a folder that others cannot enter). Makes nothing.
 */
export function serverPlace(projectDirectory: string): ServerPlace {
  const project = realpathSync(projectDirectory)
  const user = findServerUser()
  const hash = createHash('sha256').update(project).digest('hex').slice(0, 12)
  const own = process.getuid?.() ?? 0
  const inside = user === null || canTraverse(project, user)
  const root = inside ? join(project, '.strata', 'postgres') : join(outside, `strata-${own}`, hash)
  return {
    root,
    dataDirectory: join(root, 'data'),
    logFile: join(root, 'server.log'),
    keepFile: join(root, 'keep'),
    socketDirectory: `/tmp/strata-${own}-${hash}`,
    user,
    serverUid: user?.uid ?? own,
  }
}

/** Makes the folders that are missing. Throws `ConfigurationError` where it may not, or where they are somebody else's. */
export function preparePlace(place: ServerPlace): void {
  const above = dirname(place.root)
  try {
    if (place.root.startsWith(`${outside}/`)) {
      makePrivateFolder(above, 0o711, process.getuid?.() ?? 0)
      makePrivateFolder(place.root, 0o711, process.getuid?.() ?? 0)
    } else {
      mkdirSync(place.root, { recursive: true, mode: 0o755 })
      // A strict umask of root's would lock the server's user out.
      if (place.user !== null)
        for (const folder of [above, place.root]) chmodSync(folder, statSync(folder).mode | 0o111)
      // What is in .strata/ never belongs into a repository, whatever the project's .gitignore says.
      const ignore = join(above, '.gitignore')
      if (!existsSync(ignore)) writeFileSync(ignore, '*\n')
    }
    makePrivateFolder(place.socketDirectory, 0o700, place.serverUid, place.user)
  } catch (cause) {
    throw directoryError(`cannot make the folder of the embedded server: ${(cause as Error).message}`, cause)
  }
  refuseForeignData(place)
}

/** `EMBEDDED_DIRECTORY`; a `ConfigurationError` passes through as it is. */
export function directoryError(message: string, cause: unknown): ConfigurationError {
  if (cause instanceof ConfigurationError) return cause
  return new ConfigurationError({
    code: 'EMBEDDED_DIRECTORY',
    message,
    hint: 'Make the project folder writable and see to free disk space, or set DATABASE_URL to use a server of your own.',
    cause,
  })
}

/** A server refuses data of another user; so do we, before anything is half done. */
function refuseForeignData(place: ServerPlace): void {
  if (!existsSync(place.dataDirectory)) return
  const { uid } = lstatSync(place.dataDirectory)
  if (uid === place.serverUid) return
  throw new ConfigurationError({
    code: 'EMBEDDED_DIRECTORY',
    message: `${place.dataDirectory} belongs to another user (${uid}, the server would run as ${place.serverUid})`,
    hint: 'Run as the user who made it, delete it, or set DATABASE_URL to use a server of your own.',
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
