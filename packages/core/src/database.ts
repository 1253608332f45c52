/** SQL text with its parameters; a `sql-template-tag` query is one. Parameters are `$1`, `$2`, … */
export interface Statement {
  readonly text: string
  readonly values?: readonly unknown[]
  /** The text may hold several statements, without parameters: SQL that users write as hooks. The result is the last one's. */
  readonly script?: boolean
  /** Rows are arrays of values: two columns may have one name. */
  readonly rowsAsArrays?: boolean
}

export interface QueryResult<Row> {
  readonly rows: readonly Row[]
  /** Rows returned, or rows that the command touched. */
  readonly rowCount: number
  /** Names and type oids of the columns, in order. */
  readonly fields: readonly { readonly name: string; readonly typeOid: number }[]
}

/**
 * Runs one statement by the extended protocol, so that text holding a second statement is refused by the server.
 * Values arrive as text where JavaScript would lose digits (timestamps, int8, numeric, xid8, pg_snapshot).
 * Throws `DatabaseError`.
 */
export interface Queryable {
  query<Row = Record<string, unknown>>(statement: Statement | string): Promise<QueryResult<Row>>
}

export interface SessionOptions {
  /** Shown in pg_stat_activity; cut to 63 bytes. Default: that of the database. */
  readonly applicationName?: string
  /** Cancels the running statement on the server when it fires; the pending query then throws with code `CANCELLED`. */
  readonly signal?: AbortSignal
}

export interface TransactionOptions extends SessionOptions {
  /**
   * No SQL is executed in it that others wrote, so that the session is after it what it was before, and its connection need not
   * be made as new. To make a view of somebody's SELECT does not execute that.
   */
  readonly executesOnlyOurs?: boolean
}

/** One connection, exclusively held. Only transaction-scoped settings and locks are relied on, except where a caller says so. */
export interface Session extends Queryable {
  readonly processId: number
  /**
   * Runs one `COPY … FROM STDIN` on what `chunks` yields, in the format that the statement names, as fast as the server takes it; strings
   * go as UTF-8. Returns how many rows went in. Throws `DatabaseError`, with `copyLine` where the server says which line it was at; or
   * what `chunks` throws, and then no row went in. `chunks` must not use the session.
   */
  copyIn(statement: string, chunks: AsyncIterable<string | Uint8Array>): Promise<number>
}

/** The Database port: all that the extractor and the runner know of Postgres. Implemented by `@strata/postgres`. */
export interface Database extends Queryable {
  /**
   * READ COMMITTED; commits when `work` resolves, rolls back and rethrows when it rejects. It begins with the first statement; a
   * script that is the first goes to the server together with the BEGIN.
   */
  transaction<T>(work: (transaction: Session) => Promise<T>, options?: TransactionOptions): Promise<T>
  /** A connection outside any transaction, returned when `work` settles. */
  session<T>(work: (session: Session) => Promise<T>, options?: SessionOptions): Promise<T>
  /** Cancels every statement that runs on this database's connections now. */
  cancel(): Promise<void>
  /** Waits for what runs and closes all connections. May be called more than once. */
  close(): Promise<void>
}

/** One step of the versioned schema of a component's state. Applied in order, each in its transaction, never changed once released. */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly version: number
  readonly name: string
  readonly statements: readonly string[]
}
