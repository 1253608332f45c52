import type { Socket } from 'node:net'
import { ConfigurationError } from '@strata/core'
import { pg } from '../pg.ts'
import { translateError } from '../translate-error.ts'
import { serverPort } from './postmaster.ts'
import { assertPrivateFolder } from './private-folder.ts'
import type { ServerPlace } from './server-place.ts'

export const serverUser = 'strata'

/** The database that always exists: advisory locks hold in one database, so every party must use the same. */
const meetingDatabase = 'postgres'

/**
 * A connection to the running server; `absent` where none listens; `busy` where one starts, recovers or stops, and is to
 * be asked again. Throws where asking again cannot help: `EMBEDDED_DIRECTORY` above all, for a socket that is not ours.
 */
export async function tryConnect(
  place: ServerPlace,
  applicationName: string,
): Promise<pg.Client | 'absent' | 'busy'> {
  if (!assertPrivateFolder(place.socketDirectory, place.serverUid)) return 'absent'
  const client = new pg.Client({
    host: place.socketDirectory,
    port: serverPort,
    user: serverUser,
    database: meetingDatabase,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
    ssl: false,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    await endConnection(client)
    return meaningOf(error, place)
  }
}

/** Does not wait for a server that is frozen or dead. */
export async function endConnection(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => streamOf(client).destroy(), 1_000)
  await client.end().catch(() => {})
  clearTimeout(timer)
}

/** The socket of a connection. */
export function streamOf(client: pg.Client): Socket {
  return (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream
}

/** The server stops or dies, or the connection broke for no reason it could tell. */
export function isPassing(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return /^57P0[123]$/.test(error.code ?? '')
  return !(error instanceof ConfigurationError)
}

function meaningOf(error: unknown, place: ServerPlace): 'absent' | 'busy' {
  const { code } = error as { code?: string }
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return 'absent'
  if (code === 'EACCES' || code === 'EPERM') {
    throw new ConfigurationError({
      code: 'EMBEDDED_DIRECTORY',
      message: `the socket of the embedded server in ${place.socketDirectory} cannot be opened: ${(error as Error).message}`,
      hint: 'Run as the user who started the server, or set DATABASE_URL to use a server of your own.',
      cause: error,
    })
  }
  if (isPassing(error)) return 'busy'
  throw translateError(error)
}
