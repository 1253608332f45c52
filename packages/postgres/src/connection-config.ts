import { ConfigurationError, quoteLiteral, registerSecret } from '@strata/core'
import type pg from 'pg'
import { valueParsers } from './value-parsers.ts'

export interface ConnectOptions {
  /** `postgresql://user:password@host:port/database`; `?host=/folder` for a Unix socket. */
  readonly url: string
  /** Shown in pg_stat_activity; cut to 63 bytes. */
  readonly applicationName: string
  /** Default 10. */
  readonly maxConnections?: number
  /** Seconds to wait for the server's answer. Default 10. A wait for a free connection of the pool has no end. */
  readonly connectTimeoutSeconds?: number
}

/** What `pg` connects with, and the statements that make every connection the same whatever its role has set. */
export interface ConnectionConfig {
  readonly client: pg.ClientConfig
  readonly settings: string
}

/** The same for one transaction alone: behind a pooler the server process serves others as well. */
export function localSettings(settings: string, applicationName: string): string {
  const local = settings.replace(/(^|;)(\s*)set /g, '$1$2set local ')
  return `${local}; set local application_name = ${quoteLiteral(applicationName)}`
}

/** Ends the statements of a client that has died; refused by servers whose system cannot tell. */
export const watchClient = `; set client_connection_check_interval = '500ms'`

/** Throws `ConfigurationError` (`BAD_DATABASE_URL`). The password is registered as a secret. */
export function readConnectionConfig(options: ConnectOptions): ConnectionConfig {
  const url = parseUrl(options.url)
  const { searchParams } = url
  for (const password of [url.password, searchParams.get('password') ?? '']) registerPassword(password)
  return {
    settings: sessionSettings(searchParams.get('options') ?? ''),
    client: {
      connectionString: options.url,
      application_name: cutName(options.applicationName),
      connectionTimeoutMillis: (options.connectTimeoutSeconds ?? 10) * 1000,
      keepAlive: true,
      types: valueParsers,
      // A socket's folder keeps others out, and PGSSLMODE of the environment means other servers.
      ...(searchParams.get('host')?.startsWith('/') ? { ssl: false } : {}),
    },
  }
}

/** The server cuts at 63 bytes, not at characters. */
export function cutName(name: string): string {
  let short = name
  while (Buffer.byteLength(short) > 63) short = [...short].slice(0, -1).join('')
  return short
}

function parseUrl(text: string): URL {
  let url: URL
  try {
    // libpq takes `user@/database`, which has no host at all.
    url = new URL(text.replace('@/', '@localhost/'))
  } catch {
    // The cause is left out: it holds the whole URL.
    throw badUrl()
  }
  if (!/^postgres(ql)?:$/.test(url.protocol) || looksTorn(url)) throw badUrl()
  return url
}

/** An unencoded `/`, `#` or `?` in the password ends the host early, and messages would show the rest as the database. */
function looksTorn(url: URL): boolean {
  return (
    url.hash !== '' ||
    url.pathname.includes('@') ||
    [...url.searchParams.keys()].some((key) => key.includes('@'))
  )
}

function registerPassword(password: string): void {
  registerSecret(password)
  try {
    registerSecret(decodeURIComponent(password))
  } catch {
    // A stray percent sign: `pg` takes such a password as it stands.
  }
}

function badUrl(): ConfigurationError {
  return new ConfigurationError({
    code: 'BAD_DATABASE_URL',
    message: 'the database URL cannot be read',
    hint: 'Write it as postgresql://user:password@host:5432/database, with special characters of the password percent-encoded.',
  })
}

/**
 * Set by statements and not by the start-up packet, which poolers refuse to pass on. What a value looks like as text must
 * not depend on the settings of a role; and a second runner waits for the first however long that takes, while a
 * statement_timeout is the user's own. The server would compile statements whose cost it overrates, as it does where a table was just
 * filled: for a chunk of 10,000 rows that took 1.7 s of 1.9. An address with `options=-c jit=on` has it so.
 */
function sessionSettings(options: string): string {
  return `
    set timezone = 'UTC';
    set datestyle = 'ISO, MDY';
    set intervalstyle = 'postgres';
    set bytea_output = 'hex';
    set extra_float_digits = 1;
    set standard_conforming_strings = on;
    set lock_timeout = 0;
    set default_transaction_read_only = off;
    set idle_in_transaction_session_timeout = '10min';
    ${/search_path/.test(options) ? '' : 'set search_path = public;'}
    ${/\bjit\b/.test(options) ? '' : 'set jit = off;'}
    set client_min_messages = warning`
}
