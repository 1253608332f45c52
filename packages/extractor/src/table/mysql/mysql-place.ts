import { readFile } from 'node:fs/promises'
import type { DatabaseConnector, Instance } from '@strata/core'
import { ConfigurationError } from '@strata/core'
import type { ConnectionOptions } from 'mysql2'

/** The source as errors name it, and how it is reached. */
export interface MysqlPlace {
  readonly connector: DatabaseConnector
  readonly instance: Instance
}

export type MysqlOptions = ConnectionOptions

export function describePlace({ connector, instance }: MysqlPlace): string {
  return `${connector.source} instance ${instance.name}`
}

const sslModes = ['DISABLED', 'PREFERRED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'] as const
type SslMode = (typeof sslModes)[number]

/**
 * How to connect, the way tried first in front: encryption that is only preferred is given up where the server has none. The URL's parameters are
 * `ssl-mode`, `ssl-ca` (a file) and `socket`, as MySQL names them. Throws `ConfigurationError` (`BAD_SOURCE_URL`).
 */
export async function connectionOptions(place: MysqlPlace): Promise<readonly MysqlOptions[]> {
  const { connector, instance } = place
  const url = new URL(instance.address)
  const { 'ssl-mode': mode, 'ssl-ca': ca, socket, ...unknown } = Object.fromEntries(url.searchParams)
  for (const name of Object.keys(unknown)) throw badUrl(place, `has a parameter ${name}`)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const database = decodeURIComponent(url.pathname.slice(1))
  const plain: MysqlOptions = {
    ...(socket === undefined
      ? { host, port: url.port === '' ? 3306 : Number(url.port) }
      : { socketPath: socket }),
    user: decodeURIComponent(url.username),
    password: instance.credentials['password'] ?? '',
    ...(database !== '' && { database }),
    charset: 'utf8mb4',
    connectTimeout: Math.min(connector.timeoutSeconds, 30) * 1000,
    enableKeepAlive: true,
    // A server may ask the client for its files.
    flags: ['-LOCAL_FILES'],
    connectAttributes: { program_name: 'strata' },
  }
  const near = socket !== undefined || ['localhost', '127.0.0.1', '::1'].includes(host)
  const wanted = (mode ?? (near ? 'DISABLED' : 'PREFERRED')).toUpperCase() as SslMode
  if (!sslModes.includes(wanted)) throw badUrl(place, `has an unknown ssl-mode`)
  if (wanted === 'DISABLED') return [plain]
  const certificate = ca === undefined ? {} : { ca: await readCertificate(place, ca) }
  const ssl = {
    ...certificate,
    rejectUnauthorized: wanted.startsWith('VERIFY'),
    verifyIdentity: wanted === 'VERIFY_IDENTITY',
  }
  return wanted === 'PREFERRED' ? [{ ...plain, ssl }, plain] : [{ ...plain, ssl }]
}

async function readCertificate(place: MysqlPlace, path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch {
    throw badUrl(place, 'names an ssl-ca file that cannot be read')
  }
}

function badUrl(place: MysqlPlace, why: string): ConfigurationError {
  return new ConfigurationError({
    code: 'BAD_SOURCE_URL',
    message: `the url of ${describePlace(place)} ${why}`,
    hint: `its parameters are ssl-mode (${sslModes.join(', ')}), ssl-ca and socket`,
  })
}
