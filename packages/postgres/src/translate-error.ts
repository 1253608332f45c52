import { DatabaseError } from '@strata/core'
import { pg } from './pg.ts'

interface Meaning {
  readonly code: string
  readonly hint?: string
}

/** What the SQLSTATEs that users meet mean, and what to do. */
const meanings: { readonly [sqlstate: string]: Meaning } = {
  '08000': { code: 'CONNECTION_LOST', hint: 'Check that the server runs, and try again.' },
  '08003': { code: 'CONNECTION_LOST', hint: 'Check that the server runs, and try again.' },
  '08006': { code: 'CONNECTION_LOST', hint: 'Check that the server runs, and try again.' },
  '08P01': {
    code: 'POOLER_REFUSES',
    hint: 'A connection pooler is between. What it does not pass on must not stand in the URL (options), or in its ignore_startup_parameters; where no connection was free in time, use fewer --threads or give it a larger pool.',
  },
  '0A000': { code: 'NOT_SUPPORTED' },
  '21000': {
    code: 'CARDINALITY_VIOLATION',
    hint: 'One row was to be changed twice by one statement: look for duplicate keys.',
  },
  '22001': { code: 'VALUE_TOO_LONG' },
  '22003': { code: 'NUMBER_OUT_OF_RANGE' },
  '22007': {
    code: 'BAD_DATETIME',
    hint: 'A text that is no date was cast to one; filter or clean it first.',
  },
  '22008': { code: 'BAD_DATETIME', hint: 'A date is out of range; filter or clean it first.' },
  '22012': { code: 'DIVISION_BY_ZERO', hint: 'Divide by nullif(x, 0).' },
  '22P02': {
    code: 'BAD_TEXT',
    hint: 'A text was cast to a type that it does not fit; filter or clean it first.',
  },
  '22P05': { code: 'UNSTORABLE_CHARACTER' },
  '23502': { code: 'NOT_NULL_VIOLATION' },
  '23503': { code: 'FOREIGN_KEY_VIOLATION' },
  '23505': { code: 'UNIQUE_VIOLATION', hint: 'Look for duplicate keys in the rows that were written.' },
  '23P01': { code: 'EXCLUSION_VIOLATION' },
  '23514': { code: 'CHECK_VIOLATION' },
  '25006': {
    code: 'READ_ONLY',
    hint: 'The server is a standby or the transaction is read-only; use the primary.',
  },
  '25P02': {
    code: 'TRANSACTION_ABORTED',
    hint: 'An earlier statement of the transaction failed; its error says why.',
  },
  '25P04': {
    code: 'CONNECTION_LOST',
    hint: 'The transaction took longer than transaction_timeout of the server allows.',
  },
  '25P03': { code: 'CONNECTION_LOST', hint: 'The transaction was idle for too long.' },
  '26000': {
    code: 'NO_SUCH_STATEMENT',
    hint: 'A connection pooler in statement mode is between; use transaction mode.',
  },
  '28000': {
    code: 'LOGIN_REFUSED',
    hint: 'Check user and database of the URL, and pg_hba.conf of the server.',
  },
  '28P01': { code: 'LOGIN_REFUSED', hint: 'Check user and password of the URL.' },
  '2BP01': {
    code: 'DEPENDENT_OBJECTS',
    hint: 'Something else in the database depends on it; the detail names it.',
  },
  '3D000': { code: 'NO_SUCH_DATABASE', hint: 'Create the database, or mend the URL.' },
  '3F000': {
    code: 'NO_SUCH_SCHEMA',
    hint: 'It was never made, or was dropped meanwhile, as by models clean beside a run: run again.',
  },
  '40001': { code: 'SERIALIZATION_FAILURE', hint: 'Another transaction was quicker; try again.' },
  '40P01': { code: 'DEADLOCK', hint: 'Two transactions waited for each other; try again.' },
  '42501': { code: 'PERMISSION_DENIED', hint: 'Grant it to the role of the URL, or use another role.' },
  '42601': { code: 'SYNTAX_ERROR' },
  '42602': { code: 'BAD_NAME' },
  '42611': { code: 'BAD_COLUMN' },
  '42701': { code: 'DUPLICATE_COLUMN' },
  '42702': { code: 'AMBIGUOUS_COLUMN', hint: 'Put the name of its table before the column.' },
  '42703': { code: 'UNKNOWN_COLUMN' },
  '42710': { code: 'DUPLICATE_OBJECT' },
  '42803': { code: 'GROUPING_ERROR', hint: 'A column is neither grouped nor inside an aggregate.' },
  '42704': { code: 'UNKNOWN_OBJECT' },
  '42804': { code: 'TYPE_MISMATCH' },
  '42809': { code: 'WRONG_KIND' },
  '42846': { code: 'TYPE_MISMATCH', hint: 'Cast over a type between, often text.' },
  '42883': {
    code: 'UNKNOWN_FUNCTION',
    hint: 'There is no such function for these types; a cast may be missing.',
  },
  '42P01': {
    code: 'UNKNOWN_RELATION',
    hint: 'Where the project makes it, it has not been built or landed yet: models run --select +name, with its name, does so.',
  },
  '42P07': { code: 'DUPLICATE_TABLE' },
  '42P16': { code: 'INVALID_DEFINITION' },
  '53100': { code: 'DISK_FULL', hint: 'Make room on the disk of the server.' },
  '53200': { code: 'OUT_OF_MEMORY' },
  '53300': {
    code: 'TOO_MANY_CONNECTIONS',
    hint: 'Use fewer --threads, or raise max_connections of the server.',
  },
  '55006': { code: 'IN_USE' },
  '55P03': { code: 'LOCK_TIMEOUT', hint: 'Somebody else holds a lock on it; try again later.' },
  '57014': { code: 'CANCELLED' },
  '57P01': { code: 'CONNECTION_LOST', hint: 'The server was stopped or ended the connection.' },
  '57P02': { code: 'CONNECTION_LOST', hint: 'The server crashed and recovers.' },
  '57P05': { code: 'CONNECTION_LOST', hint: 'The connection was idle for too long.' },
  '57P03': { code: 'SERVER_NOT_READY', hint: 'The server starts or stops; try again in a moment.' },
}

/** Details that name keys and objects only. Others ("Failing row contains …") hold whole rows, which must not leave the database. */
const safeDetails = new Set(['23503', '23505', '2BP01', '42501', '42704', '42P07', '42703', '42883'])

/**
 * The one place where an error of `pg` becomes a `DatabaseError`: a stable code for the SQLSTATE, the position in
 * characters, and only those details that hold no rows. A `DatabaseError` passes through as it is; an error that neither
 * the server nor the connection made (a parameter that cannot be sent) is thrown as it came.
 */
export function translateError(thrown: unknown, sql?: string, before = ''): DatabaseError {
  if (thrown instanceof DatabaseError) return thrown
  if (!(thrown instanceof pg.DatabaseError)) return connectionError(thrown, sql)
  const sqlstate = thrown.code ?? 'XX000'
  const meaning = isTimeout(thrown)
    ? statementTimeout
    : ofOurState(thrown)
      ? stateIsGone
      : isOwnership(thrown)
        ? ofAnotherRole
        : (meaningByMessage(thrown) ?? meanings[sqlstate] ?? { code: `SQLSTATE_${sqlstate}` })
  const detail = safeDetails.has(sqlstate) ? thrown.detail : undefined
  const message = withoutValues(thrown)
  return new DatabaseError({
    code: meaning.code,
    message: detail === undefined ? message : `${message}: ${detail}`,
    hint: thrown.hint ?? meaning.hint,
    sqlstate,
    detail,
    position: thrown.position === undefined ? undefined : Number(thrown.position) - [...before].length,
    schema: thrown.schema,
    table: thrown.table,
    column: thrown.column,
    constraint: thrown.constraint,
    copyLine: thrown.where === undefined || sql === undefined ? undefined : copyLineOf(thrown.where, sql),
    raised: isRaised(thrown),
    sql,
  })
}

/** Where one SQLSTATE stands for two mistakes. A server that speaks another language gets the meaning of the SQLSTATE. */
function meaningByMessage({ code, message }: pg.DatabaseError): Meaning | undefined {
  if (code === '42P01' && message.includes('FROM-clause entry')) return unknownAlias
  if (code === '42704' && message.startsWith('type ')) return unknownType
  return code === '42883' && message.startsWith('operator ') ? noSuchOperator : undefined
}

const unknownAlias: Meaning = {
  code: 'UNKNOWN_ALIAS',
  hint: 'The name before a column is no relation of the query: write it as it stands behind FROM or JOIN.',
}

const unknownType: Meaning = { code: 'UNKNOWN_TYPE' }

const noSuchOperator: Meaning = {
  code: 'TYPE_MISMATCH',
  hint: 'These types have no such operator; a cast may be missing.',
}

const statementTimeout: Meaning = {
  code: 'STATEMENT_TIMEOUT',
  hint: 'The statement took longer than statement_timeout of the server or the role allows.',
}

const ofAnotherRole: Meaning = {
  code: 'PERMISSION_DENIED',
  hint: 'It belongs to another role: ALTER … OWNER TO the role of the URL, or GRANT that role to it.',
}

/** What cannot be granted. Where the server speaks another language the hint is the one for rights. */
function isOwnership({ code, message }: pg.DatabaseError): boolean {
  return code === '42501' && message.startsWith('must be owner of ')
}

const stateIsGone: Meaning = {
  code: 'UNKNOWN_RELATION',
  hint: 'Strata keeps its state in that table, and somebody dropped it. Restore schema strata from a backup; or drop it and the relations that Strata built, and run again.',
}

/** The source files of the procedural languages begin so; some of the planner do too, which only hides more. */
function isRaised({ file }: pg.DatabaseError): boolean {
  return file?.startsWith('pl') === true
}

/** The message may be in any language, but quotes the name. */
function ofOurState({ code, message }: pg.DatabaseError): boolean {
  return code === '42P01' && /["«„]strata\./.test(message)
}

/**
 * Of "COPY countries, line 3, column a: "…"", in any language: the first number behind the name. The rest of it is a row, which
 * must not leave the database.
 */
function copyLineOf(where: string, sql: string): number | undefined {
  const copied = /^\s*copy\s+(?:(?:"(?:[^"]|"")*"|[\w$]+)\s*\.\s*)?(?:"((?:[^"]|"")*)"|([\w$]+))/i.exec(sql)
  if (copied === null) return undefined
  const name = copied[1]?.replaceAll('""', '"') ?? copied[2]!.toLowerCase()
  const at = where.indexOf(name)
  const line = at === -1 ? null : /\d+/.exec(where.slice(at + name.length))
  return line === null ? undefined : Number(line[0])
}

function isTimeout({ code, message }: pg.DatabaseError): boolean {
  return code === '57014' && /timeout/i.test(message)
}

/**
 * "invalid input syntax for type integer: "…"" quotes what stood in a row. Without the value when there is no position:
 * with one, the value is a literal of the statement itself.
 */
function withoutValues({ code, message, position }: pg.DatabaseError): string {
  if (!code?.startsWith('22') || position !== undefined) return message
  return message.replace(/["«„].*["»“]/s, '(a value that is not shown)')
}

/** No SQLSTATE: the network or the client, not the server, complained. */
function connectionError(thrown: unknown, sql: string | undefined): DatabaseError {
  const error = thrown as NodeJS.ErrnoException & { readonly errors?: readonly Error[] }
  const ofNetwork =
    typeof error.code === 'string' || error.errors !== undefined || ofConnection.test(error.message)
  if (!ofNetwork || error instanceof TypeError) throw thrown
  return new DatabaseError({
    code: 'CONNECTION_LOST',
    message: `the connection to the database failed: ${error.message || error.errors?.[0]?.message || error.code || 'no reason given'}`,
    hint: 'Check that the server runs and can be reached, and try again.',
    sql,
    cause: error,
  })
}

/** Messages of `pg` about a connection that is no more. */
const ofConnection = /connection|not queryable|timeout|closed/i
