import type { Database, Session, SessionOptions } from '@strata/core'

/** Works in a transaction that is rolled back: what looks changes nothing, whatever a template asks. */
export async function looking<T>(
  database: Database,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return database.session(async (session) => {
    await session.query('begin')
    try {
      return await work(session)
    } finally {
      await session.query('rollback')
    }
  }, options)
}
