import { ConfigurationError, type Database, DatabaseError } from '@strata/core'
import { describeServer } from './describe-server.ts'
import { pg } from './pg.ts'
import { translateError } from './translate-error.ts'

const oldestServer = 150_000

/** Why no connection could be made: `DatabaseError` where a server answered, else `ConfigurationError`. Never names the password. */
export function connectError(error: unknown, url: string): Error {
  if (error instanceof DatabaseError) return error
  const place = describeServer(url)
  if (error instanceof pg.DatabaseError) {
    const { code, message, hint, sqlstate } = translateError(error)
    return new DatabaseError({ code, message: `cannot connect to ${place}: ${message}`, hint, sqlstate })
  }
  const { message } = error as Error
  if (/password/i.test(message)) {
    return new DatabaseError({
      code: 'LOGIN_REFUSED',
      message: `cannot connect to ${place}: the server asks for a password, and the URL has none`,
      hint: 'Write it into the URL: postgresql://user:password@host:5432/database.',
    })
  }
  const { errors, code } = error as { errors?: readonly Error[]; code?: string }
  return new ConfigurationError({
    code: 'DATABASE_UNREACHABLE',
    message: `cannot reach the database at ${place}: ${message || errors?.[0]?.message || code || 'no reason given'}`,
    hint: 'Check that the server runs, and host and port of DATABASE_URL; without DATABASE_URL the embedded server is used.',
    cause: error,
  })
}

/** Throws `ConfigurationError` (`SERVER_TOO_OLD`). */
export async function refuseOldServer(database: Database): Promise<void> {
  const { rows } = await database.query<{ number: number; version: string }>(
    "select current_setting('server_version_num')::int as number, current_setting('server_version') as version",
  )
  const { number, version } = rows[0]!
  if (number >= oldestServer) return
  throw new ConfigurationError({
    code: 'SERVER_TOO_OLD',
    message: `the server is PostgreSQL ${version}; Strata needs 15 or later`,
    hint: 'Upgrade it, or unset DATABASE_URL to use the embedded server.',
  })
}
