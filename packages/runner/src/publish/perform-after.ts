import { type AfterStatement, type Database, type SessionOptions, StrataError } from '@strata/core'
import { isCancellation } from '../schedule/describe-failure.ts'

/**
 * Does what comes after the commits of steps, one step at a time: each CREATE INDEX CONCURRENTLY waits for all
 * transactions that were open before it, and two of them may wait for each other. Throws `AFTER_PUBLISHING`.
 */
export function createAftermath(database: Database) {
  let turn: Promise<unknown> = Promise.resolve()
  return (name: string, statements: readonly AfterStatement[], options: SessionOptions): Promise<void> => {
    const mine = turn.then(() =>
      database.session(async (session) => {
        for (const { sql, about } of statements) {
          try {
            await session.query(sql)
          } catch (error) {
            if (isCancellation(error) || !(error instanceof StrataError)) throw error
            throw new StrataError({
              code: 'AFTER_PUBLISHING',
              message: `${name} is published, but then ${about.what} failed: ${error.message}`,
              hint: `The data is there and whole; the next run tries the rest again. ${about.hint}`,
              cause: error,
            })
          }
        }
      }, options),
    )
    turn = mine.catch(() => {})
    return mine
  }
}
