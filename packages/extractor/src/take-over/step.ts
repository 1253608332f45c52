import { setTimeout as delay } from 'node:timers/promises'
import { type Database, DatabaseError, quoteLiteral, type Session, StrataError } from '@strata/core'

/** What the steps of a take-over work with. */
export interface StepPlace {
  readonly database: Database
  readonly landingSchema: string
  /** The database's own time zone, in which columns without one are read and written. */
  readonly timeZone: string
  readonly applicationName: string
  readonly signal: AbortSignal
  /** Told after each batch: rows done of those that the step is about. */
  readonly onRows: (done: number) => void
}

/** One thing to be done, found to be missing by looking at the database: what is done is found no more. */
export interface Step {
  readonly what: string
  /** Rows that it changes; null: none, or it does not depend on them. */
  readonly rows: number | null
  /** Returns the rows that it changed. */
  readonly run: (place: StepPlace) => Promise<number>
}

/** A step of statements that need a strong lock for a moment. */
export function alteration(what: string, statements: readonly string[]): Step {
  return {
    what,
    rows: null,
    run: async (place) => {
      await alterBriefly(place, statements)
      return 0
    },
  }
}

/** A step of statements that cannot be in a transaction, as CREATE INDEX CONCURRENTLY. */
export function outside(what: string, statements: readonly string[]): Step {
  return {
    what,
    rows: null,
    run: async ({ database, applicationName, signal }) => {
      await database.session(
        async (session) => {
          for (const statement of statements) await session.query(statement)
        },
        { applicationName, signal },
      )
      return 0
    },
  }
}

/** Runs in a transaction whose time zone is the database's own, so that times with and without a zone mean the same. */
export async function inOwnZone<T>(
  { database, timeZone, applicationName, signal }: StepPlace,
  work: (transaction: Session) => Promise<T>,
): Promise<T> {
  return await database.transaction(
    async (transaction) => {
      await transaction.query(`set local timezone = ${quoteLiteral(timeZone)}`)
      return await work(transaction)
    },
    { applicationName, signal },
  )
}

/** Whoever waits for a strong lock holds up all that come after, so it is asked for briefly, again and again. */
async function alterBriefly(place: StepPlace, statements: readonly string[]): Promise<void> {
  const { database, applicationName, signal } = place
  for (let attempt = 1; ; attempt += 1) {
    try {
      await database.transaction(
        async (transaction) => {
          await transaction.query("set local lock_timeout = '500ms'")
          for (const statement of statements) await transaction.query(statement)
        },
        { applicationName, signal },
      )
      return
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.sqlstate !== lockNotAvailable) throw error
      if (attempt === maxAttempts) throw busy(error)
      await delay(Math.min(100 * attempt, 1000), undefined, { signal })
    }
  }
}

const lockNotAvailable = '55P03'
const maxAttempts = 60

function busy(cause: DatabaseError): StrataError {
  return new StrataError({
    code: 'TABLE_BUSY',
    message: `a table could not be locked within a minute: ${cause.message}`,
    hint: 'End the old loader and long transactions, then run the same command again: it goes on where it stopped.',
    cause,
  })
}
