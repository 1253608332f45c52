import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { serverPort } from './postmaster.ts'
import type { ServerPlace } from './server-place.ts'
import { serverUser } from './try-connect.ts'

export interface KeeperOptions {
  /** Seconds without a user after which the server stops; those of whoever started it hold. Default 20. */
  readonly idleSeconds?: number
  /** The program that stops it; where this package is bundled, its place in the bundle. */
  readonly keeperPath?: string
}

/** Held in share by every user of the server, exclusively by whoever stops it. */
export const presenceKey = 7_205_841_001

const keeperKey = 7_205_841_002

/**
 * Starts the process that will stop the server. It waits for a server that is still starting, so that none is ever
 * without; where there is a keeper already, the second ends.
 */
export function startKeeper(place: ServerPlace, options: KeeperOptions): void {
  const path = options.keeperPath ?? fileURLToPath(new URL('./keeper.mjs', import.meta.url))
  const settings = {
    dataDirectory: place.dataDirectory,
    socketDirectory: place.socketDirectory,
    port: serverPort,
    user: serverUser,
    database: 'postgres',
    keepFile: place.keepFile,
    idleSeconds: options.idleSeconds ?? 20,
    presenceKey,
    keeperKey,
  }
  const keeper = spawn(process.execPath, [path, JSON.stringify(settings)], {
    cwd: '/',
    detached: true,
    stdio: 'ignore',
    env: {},
  })
  keeper.on('error', () => {})
  keeper.unref()
}
