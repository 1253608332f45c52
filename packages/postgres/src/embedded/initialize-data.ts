import { execFile } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ConfigurationError } from '@strata/core'
import { directoryError, type ServerPlace } from './server-place.ts'
import type { Binaries } from './stage-binaries.ts'
import { serverUser } from './try-connect.ts'

/**
 * Makes the data folder if there is none. It is made under another name and then renamed, so that whoever is killed in
 * between leaves nothing half made, and of two that race one wins and the other clears up.
 */
export async function initializeData(place: ServerPlace, binaries: Binaries): Promise<void> {
  const isThere = (): boolean => existsSync(join(place.dataDirectory, 'PG_VERSION'))
  if (isThere()) return
  let beside: string | undefined
  try {
    beside = mkdtempSync(join(place.root, 'init-'))
    chmodSync(beside, 0o700)
    if (place.user !== null) chownSync(beside, place.user.uid, place.user.gid)
    await runInitdb(place, binaries, beside)
    appendFileSync(join(beside, 'postgresql.conf'), "\nlisten_addresses = ''\n")
    // Only through the private socket.
    writeFileSync(join(beside, 'pg_hba.conf'), 'local all all trust\n')
    renameSync(beside, place.dataDirectory)
  } catch (error) {
    if (beside !== undefined) rmSync(beside, { recursive: true, force: true })
    if (isThere()) return
    throw directoryError(
      `cannot make the data folder ${place.dataDirectory}: ${(error as Error).message}`,
      error,
    )
  }
}

async function runInitdb(place: ServerPlace, binaries: Binaries, directory: string): Promise<void> {
  const locale = ['-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  const options = [
    '-D',
    directory,
    '-U',
    serverUser,
    ...locale,
    '--auth=trust',
    '--no-sync',
    '--no-instructions',
  ]
  try {
    await promisify(execFile)(binaries.initdb, options, {
      ...(place.user ?? {}),
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    })
  } catch (cause) {
    const { stderr, message } = cause as { stderr?: string; message: string }
    throw new ConfigurationError({
      code: 'EMBEDDED_INIT_FAILED',
      message: `initdb failed: ${(stderr ?? '').trim().split('\n').slice(-3).join(' ') || message}`,
      hint: 'Check free disk space and the rights of the folder, or set DATABASE_URL to use a server of your own.',
      cause,
    })
  }
}
