import { SourceError, StrataError } from '@strata/core'
import { describePlace, type MysqlPlace } from './mysql-place.ts'

interface Kind {
  readonly code: string
  readonly what: string
  readonly hint: string
}

const again = 'what was landed is kept and no watermark has moved: run again'

const refused: Kind = {
  code: 'SOURCE_UNAUTHORIZED',
  what: 'refuses our user and password',
  hint: 'check the user in its url and the password; the user needs SELECT on the database, and the right to connect from this machine',
}
const denied: Kind = {
  code: 'SOURCE_TABLE_DENIED',
  what: 'does not let our user read this table or one of its columns',
  hint: 'grant SELECT on it, or name what may not be read in exclude_columns',
}
const unreachable: Kind = {
  code: 'SOURCE_UNREACHABLE',
  what: 'cannot be reached',
  hint: 'check host and port in its url, that the server runs, and that nothing between blocks the port',
}
const busy: Kind = {
  code: 'SOURCE_FAILING',
  what: 'has no connection left for us',
  hint: 'lower concurrency of the connector, or raise max_connections there, and run again',
}
const lost: Kind = {
  code: 'SOURCE_CONNECTION',
  what: 'closed the connection',
  hint: `look whether the server was restarted; ${again}`,
}
const killed: Kind = {
  code: 'SOURCE_FAILING',
  what: 'killed our query: someone, or a watchdog there, ended it',
  hint: `ask its administrator, or read at a quieter time; ${again}`,
}
const slow: Kind = {
  code: 'SOURCE_TIMEOUT',
  what: 'did not answer a query in time',
  hint: `raise timeout of the connector, or lower chunk_rows of the job; an index on the key and on the change columns helps; ${again}`,
}
const changed: Kind = {
  code: 'SOURCE_FAILING',
  what: 'has altered the table while it was read',
  hint: again,
}
const unsafe: Kind = {
  code: 'SOURCE_UNREACHABLE',
  what: 'and we cannot agree on an encrypted connection',
  hint: 'check ssl-mode and ssl-ca in its url',
}

/** Numbers of the server, and names that Node.js or the driver give. */
const kinds = new Map<number | string, Kind>([
  ...[1045, 1130, 1251, 1698, 1862, 1873, 3118, 4151].map((number) => [number, refused] as const),
  ...[1142, 1143, 1356, 1370].map((number) => [number, denied] as const),
  ...[1040, 1203, 1226].map((number) => [number, busy] as const),
  ...[1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 4031].map((number) => [number, lost] as const),
  ...[1317, 1927].map((number) => [number, killed] as const),
  ...[1205, 1969, 3024].map((number) => [number, slow] as const),
  ...[1054, 1146, 1412].map((number) => [number, changed] as const),
  [
    1044,
    {
      ...refused,
      what: 'does not let our user into this database, or has none of that name',
      hint: 'check the database in its url, and what our user may see',
    },
  ],
  [
    1049,
    {
      ...unreachable,
      what: 'has no such database',
      hint: 'check the database in its url, and what our user may see',
    },
  ],
  [
    1129,
    {
      ...unreachable,
      what: 'blocks this machine after many failed connections',
      hint: 'run FLUSH HOSTS there, and check the password',
    },
  ],
  ...[
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ETIMEDOUT',
    'ENOENT',
    'EACCES',
  ].map((name) => [name, unreachable] as const),
  ...['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE'].map((name) => [name, lost] as const),
  ...[
    'HANDSHAKE_SSL_ERROR',
    'HANDSHAKE_NO_SSL_SUPPORT',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
  ].map((name) => [name, unsafe] as const),
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'].map(
    (name) => [name, unsafe] as const,
  ),
])

/** What the driver threw, as users meet it. The server's words are left out: they quote values, and what was asked. */
export function mysqlFailure(place: MysqlPlace, error: unknown): unknown {
  if (error instanceof StrataError) return error
  const { errno, code } = (error ?? {}) as { readonly errno?: unknown; readonly code?: unknown }
  const known = kinds.get(code as string) ?? kinds.get(errno as number)
  // What neither the server nor the network said is a fault of ours.
  if (known === undefined && typeof code !== 'string') return error
  const number = typeof errno === 'number' && errno > 0 ? ` ${errno}` : ''
  const name = typeof code === 'string' ? ` (${code}${number})` : ''
  const {
    code: ours,
    what,
    hint,
  } = known ?? {
    code: 'SOURCE_FAILING',
    what: 'answers with an error',
    hint: `look the code up in its manual; ${again}`,
  }
  return new SourceError({ code: ours, message: `${describePlace(place)} ${what}${name}`, hint })
}

export function tooSlow(place: MysqlPlace): SourceError {
  return new SourceError({
    code: slow.code,
    message: `${describePlace(place)} ${slow.what}`,
    hint: slow.hint,
  })
}

/** Whether an unencrypted connection is worth an attempt. */
export function isWithoutEncryption(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === 'HANDSHAKE_NO_SSL_SUPPORT' || code === 'HANDSHAKE_SSL_ERROR'
}
