import { ConfigurationError, type DatabaseConnector, registerSecret } from '@strata/core'

const protocols: { readonly [kind in DatabaseConnector['kind']]: readonly string[] } = {
  mysql: ['mysql:', 'mariadb:'],
  postgres: ['postgres:', 'postgresql:'],
}

const patterns: { readonly [kind in DatabaseConnector['kind']]: string } = {
  mysql: 'mysql://user:password@host:3306/database',
  postgres: 'postgres://user:password@host:5432/database',
}

/** The URL of a database without its password, which is null where it holds none. */
export interface DatabaseAddress {
  readonly address: string
  readonly password: string | null
}

/**
 * Takes the password out of the URL of a database, and registers it as a secret. `place`: where the URL stands. Throws `ConfigurationError`
 * (`BAD_SOURCE_URL`), which never shows the URL.
 */
export function splitDatabaseUrl(
  kind: DatabaseConnector['kind'],
  text: string,
  place: string,
): DatabaseAddress {
  // A user without a host, as in `user@/database`, is none for the standard of URLs.
  const whole = text.replace('@/', '@localhost/')
  if (!URL.canParse(whole)) throw badUrl(kind, place, 'cannot be read')
  const url = new URL(whole)
  if (!protocols[kind].includes(url.protocol))
    throw badUrl(kind, place, `begins with ${url.protocol}//, and the connector is of the kind ${kind}`)
  if (looksTorn(url)) throw badUrl(kind, place, 'cannot be read')
  const parameter = url.searchParams.get('password')
  const password = url.password === '' ? parameter : decoded(url.password)
  for (const secret of [url.password, parameter, password]) registerSecret(secret ?? undefined)
  url.password = ''
  if (parameter !== null) url.searchParams.delete('password')
  url.pathname = url.pathname.replace(/\/+$/, '')
  return { address: url.href, password }
}

/** An unencoded `/`, `#` or `?` in the password ends the host early, and the rest of it would pass for the database. */
function looksTorn(url: URL): boolean {
  return (
    url.hash !== '' ||
    url.pathname.includes('@') ||
    [...url.searchParams.keys()].some((key) => key.includes('@'))
  )
}

function decoded(password: string): string {
  try {
    return decodeURIComponent(password)
  } catch {
    // A stray percent sign is one.
    return password
  }
}

function badUrl(kind: DatabaseConnector['kind'], place: string, why: string): ConfigurationError {
  return new ConfigurationError({
    code: 'BAD_SOURCE_URL',
    message: `the url of ${place} ${why}`,
    hint: `Write it as ${patterns[kind]}, with special characters of the password percent-encoded, or the password beside it.`,
  })
}
