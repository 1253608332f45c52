import { execFile } from 'node:child_process'
import { appendFileSync, chmodSync, chownSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ConfigurationError } from '@strata/core'
import type { ServerPlace } from './server-place.ts'
import type { Binaries } from './stage-binaries.ts'

/**
 * Makes the data folder if there is none. It is made under another name and then renamed, so that whoever is killed in
 * between leaves nothing half made, and of two that race one wins and the other clears up.
 */
export async function initializeData(place: ServerPlace, binaries: Binaries): Promise<void> {
  if (existsSync(join(place.dataDirectory, 'PG_VERSION'))) return
  const beside = mkdtempSync(join(place.root, 'init-'))
  try {
    chmodSync(beside, 0o700)
    if (place.user !== null) chownSync(beside, place.user.uid, place.user.gid)
    await runInitdb(place, binaries, beside)
    // Only through the private socket, and only as the user that was made here.
    appendFileSync(join(beside, 'postgresql.conf'), "\nlisten_addresses = ''\n")
    renameSync(beside, place.dataDirectory)
  } catch (error) {
    rmSync(beside, { recursive: true, force: true })
    if (existsSync(join(place.dataDirectory, 'PG_VERSION'))) return
    throw error
  }
}

async function runInitdb(place: ServerPlace, binaries: Binaries, directory: string): Promise<void> {
  const options = [
    '-D',
    directory,
    '-U',
    'strata',
    '-E',
    'UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ]
  try {
    await promisify(execFile)(
      binaries.initdb,
      [...options, '--auth=trust', '--no-sync', '--no-instructions'],
      {
        ...(place.user ?? {}),
        cwd: '/',
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      },
    )
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
