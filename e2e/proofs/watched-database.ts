import type { Database, Session, Statement } from '../../packages/core/src/index.ts'

/** A statement on its way; BEGIN and COMMIT are statements too. */
export interface Moment {
  /** 1 for the first. */
  readonly at: number
  /** `before` it is sent; it was `sent`, and its answer may be on its way; `after` the answer. */
  readonly when: 'before' | 'sent' | 'after'
  /** SQL. */
  readonly text: string
  /** Null where there is no connection yet. */
  readonly processId: number | null
}

export type Listen = (moment: Moment) => Promise<void> | void

/** The database, with a listener that is waited for at every moment except `sent`. */
export function watchDatabase(database: Database, listen: Listen): Database {
  let count = 0

  /** The driver writes to the socket before the event loop gets here. */
  const tellSent = (moment: Omit<Moment, 'when'>) =>
    setImmediate(() => void listen({ ...moment, when: 'sent' }))

  function watchSession(session: Session): Session {
    const { processId } = session
    return {
      processId,
      async query<Row>(statement: Statement | string) {
        const text = typeof statement === 'string' ? statement : statement.text
        const moment = { at: ++count, text, processId }
        await listen({ ...moment, when: 'before' })
        const answer = session.query<Row>(statement)
        tellSent(moment)
        const result = await answer
        await listen({ ...moment, when: 'after' })
        return result
      },
      async copyIn(text, chunks) {
        const moment = { at: ++count, text, processId }
        await listen({ ...moment, when: 'before' })
        const answer = session.copyIn(text, chunks)
        tellSent(moment)
        const rows = await answer
        await listen({ ...moment, when: 'after' })
        return rows
      },
    }
  }

  return {
    query: <Row>(statement: Statement | string) =>
      database.session((session) => watchSession(session).query<Row>(statement)),
    session: (work, options) => database.session((session) => work(watchSession(session)), options),
    async transaction(work, options) {
      const begin = { at: ++count, text: 'begin', processId: null }
      await listen({ ...begin, when: 'before' })
      tellSent(begin)
      let commit: Omit<Moment, 'when'> | undefined
      const result = await database.transaction(async (session) => {
        const { processId } = session
        await listen({ ...begin, processId, when: 'after' })
        const done = await work(watchSession(session))
        commit = { at: ++count, text: 'commit', processId }
        await listen({ ...commit, when: 'before' })
        tellSent(commit)
        return done
      }, options)
      await listen({ ...commit!, when: 'after' })
      return result
    },
    cancel: () => database.cancel(),
    close: () => database.close(),
  }
}
