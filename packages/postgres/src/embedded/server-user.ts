import { readFileSync } from 'node:fs'

/** The unprivileged user that the server runs as; null where we are one ourselves. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL refuses to run as root: root starts it as `postgres` where there is such a user, else as `nobody`. */
export function findServerUser(): ServerUser | null {
  if (process.getuid?.() !== 0) return null
  return userNamed('postgres') ?? userNamed('nobody') ?? { uid: 65534, gid: 65534 }
}

function userNamed(name: string): ServerUser | null {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`))
    const [, , uid, gid] = line?.split(':') ?? []
    return uid === undefined || gid === undefined ? null : { uid: Number(uid), gid: Number(gid) }
  } catch {
    return null
  }
}
