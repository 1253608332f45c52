import { redact } from './redact.ts'

export interface ErrorDetails {
  /** Stable code such as `DATABASE_UNREACHABLE`, documented for users. */
  readonly code: string
  readonly message: string
  /** What the user can do about it. */
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/** An error that a user can meet. Anything else that is thrown is our bug. Secrets are redacted here, at its birth. */
export class StrataError extends Error {
  readonly code: string
  readonly hint: string | undefined

  constructor(details: ErrorDetails) {
    super(redact(details.message), { cause: details.cause })
    this.name = new.target.name
    this.code = details.code
    this.hint = details.hint === undefined ? undefined : redact(details.hint)
  }
}

/** Something in the configuration, the environment or the command line keeps us from starting: exit code 2. */
export class ConfigurationError extends StrataError {}

export interface SourceErrorDetails extends ErrorDetails {
  /** HTTP status, where there was an answer. */
  readonly status?: number | undefined
}

/** A source (an API, a foreign database) did not give what it should. */
export class SourceError extends StrataError {
  readonly status: number | undefined

  constructor(details: SourceErrorDetails) {
    super(details)
    this.status = details.status
  }
}

export interface DatabaseErrorDetails extends ErrorDetails {
  readonly sqlstate?: string | undefined
  readonly detail?: string | undefined
  /** 1-based character (code point) in `sql`. */
  readonly position?: number | undefined
  readonly schema?: string | undefined
  readonly table?: string | undefined
  readonly column?: string | undefined
  readonly constraint?: string | undefined
  /** Line of what COPY was given, from 1. */
  readonly copyLine?: number | undefined
  /** The words are those of a function (RAISE), and so may be its SQLSTATE and all other fields. */
  readonly raised?: boolean | undefined
  readonly sql?: string | undefined
}

/** Postgres refused a statement, or could not be reached. Born only in the driver package. */
export class DatabaseError extends StrataError {
  readonly sqlstate: string | undefined
  readonly detail: string | undefined
  readonly position: number | undefined
  readonly schema: string | undefined
  readonly table: string | undefined
  readonly column: string | undefined
  readonly constraint: string | undefined
  readonly copyLine: number | undefined
  readonly raised: boolean
  readonly sql: string | undefined

  constructor(details: DatabaseErrorDetails) {
    super(details)
    this.sqlstate = details.sqlstate
    this.detail = details.detail
    this.position = details.position
    this.schema = details.schema
    this.table = details.table
    this.column = details.column
    this.constraint = details.constraint
    this.copyLine = details.copyLine
    this.raised = details.raised ?? false
    this.sql = details.sql
  }
}
