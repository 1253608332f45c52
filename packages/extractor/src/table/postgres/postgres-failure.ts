import { type DatabaseConnector, DatabaseError, type Instance, SourceError, StrataError } from '@strata/core'

export interface PostgresPlace {
  readonly connector: DatabaseConnector
  readonly instance: Instance
}

interface Meaning {
  readonly code: string
  readonly what: string
  readonly hint: string
}

const runAgain = 'what was landed is kept and no watermark has moved: run again'

/** An ordering, or an operator, that a type does not have. */
const orderless: Meaning = {
  code: 'SOURCE_KEY_TYPE',
  what: 'cannot bring the rows into the order of the key',
  hint: 'name another column, or several, in key: of the job',
}

/** What is wrong with the source, by the code of the driver's error. */
const meanings: { readonly [code: string]: Meaning } = {
  DATABASE_UNREACHABLE: {
    code: 'SOURCE_UNREACHABLE',
    what: 'cannot be reached',
    hint: 'check its url, the network, and whether the server is up',
  },
  SERVER_TOO_OLD: {
    code: 'SOURCE_UNREACHABLE',
    what: 'cannot be read',
    hint: 'upgrade the server, or land what it exports with a connector of the kind csv',
  },
  LOGIN_REFUSED: {
    code: 'SOURCE_UNAUTHORIZED',
    what: 'refuses our login',
    hint: 'check user and password: the url of the instance, or password: beside it',
  },
  NO_SUCH_DATABASE: {
    code: 'SOURCE_UNREACHABLE',
    what: 'has no such database',
    hint: 'correct the url of the instance',
  },
  PERMISSION_DENIED: {
    code: 'SOURCE_TABLE_DENIED',
    what: 'does not let us read',
    hint: 'grant select on it, and usage on its schema, to the role of the url, or name what may not be read in exclude_columns',
  },
  STATEMENT_TIMEOUT: {
    code: 'SOURCE_TIMEOUT',
    what: 'took longer for a statement than timeout of the connector allows',
    hint: 'raise timeout of the connector; an index on the key, or on the change columns, may be missing',
  },
  CONNECTION_LOST: { code: 'SOURCE_CONNECTION', what: 'has ended the connection', hint: runAgain },
  SERIALIZATION_FAILURE: {
    code: 'SOURCE_FAILING',
    what: 'gave up our snapshot',
    hint: `${runAgain}; on a standby, max_standby_streaming_delay or hot_standby_feedback let long reads come to their end`,
  },
  CANCELLED: { code: 'SOURCE_FAILING', what: 'cancelled our statement', hint: runAgain },
  UNKNOWN_FUNCTION: orderless,
  TYPE_MISMATCH: orderless,
}

/** The error of the source. An error that is not the driver's is a bug, and stays what it is. */
export function postgresFailure({ connector, instance }: PostgresPlace, error: unknown): unknown {
  if (!(error instanceof StrataError) || error instanceof SourceError) return error
  const meaning = meanings[error.code] ?? {
    code: 'SOURCE_FAILING',
    what: 'fails',
    hint: `${runAgain}; where it stays so, ask who runs the database`,
  }
  const said = saidBy(error)
  return new SourceError({
    code: meaning.code,
    message: `${connector.source} instance ${instance.name} ${meaning.what}${said === null ? '' : `: ${said}`}`,
    hint: meaning.hint,
    // That of a statement holds the statement, and with it keys of rows.
    cause: error instanceof DatabaseError ? undefined : error,
  })
}

/** What the server said, where no value of a row can be in it. */
function saidBy(error: StrataError): string | null {
  if (!(error instanceof DatabaseError) || error.sqlstate === undefined) return error.message
  const mayQuote = error.raised || /^(22|23)/.test(error.sqlstate)
  return mayQuote ? `SQLSTATE ${error.sqlstate}` : error.message
}
