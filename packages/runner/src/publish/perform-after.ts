import { setTimeout as delay } from 'node:timers/promises'
import {
  type AfterStatement,
  type Database,
  quoteLiteral,
  type RelationName,
  type Session,
  type SessionOptions,
  StrataError,
} from '@strata/core'
import { isCancellation } from '../schedule/describe-failure.ts'
import { lockKey } from './relation-lock.ts'

/** Whose relation it is, and how it is altered for a moment. */
export interface Published {
  readonly name: string
  readonly relation: RelationName
  /** Runs a statement that needs strong locks, tried again while somebody reads. */
  alterBriefly(sql: string): Promise<void>
}

/**
 * Does what comes after the commits of steps, one step at a time: each CREATE INDEX CONCURRENTLY waits for all
 * transactions that were open before it, and two of them may wait for each other. Throws `AFTER_PUBLISHING`.
 */
export function createAftermath(database: Database) {
  let turn: Promise<unknown> = Promise.resolve()
  return (
    published: Published,
    statements: readonly AfterStatement[],
    options: SessionOptions & { readonly signal: AbortSignal },
  ): Promise<void> => {
    const mine = turn.then(() =>
      aloneOn(database, published.relation, options, () =>
        database.session((session) => performAll(session, published, statements), options),
      ),
    )
    turn = mine.catch(() => {})
    return mine
  }
}

async function performAll(
  session: Session,
  { name, alterBriefly }: Published,
  statements: readonly AfterStatement[],
): Promise<void> {
  for (const { sql, about, unless, briefly } of statements) {
    try {
      if (briefly === true) await alterBriefly(sql)
      else await session.query(sql)
    } catch (error) {
      if (isCancellation(error) || !(error instanceof StrataError)) throw error
      if (unless !== undefined && (await isDone(session, unless))) continue
      throw new StrataError({
        code: 'AFTER_PUBLISHING',
        message: `${name} is published, but then ${about.what} failed: ${error.message}`,
        hint: `The data is there and whole; the next run tries the rest again. ${about.hint}`,
        cause: error,
      })
    }
  }
}

/**
 * Another run that found the same to be done waits for this one. It asks again and again: a statement that waits for a lock has
 * a snapshot, for whose end CREATE INDEX CONCURRENTLY would wait in turn.
 */
async function aloneOn(
  database: Database,
  relation: RelationName,
  options: SessionOptions & { readonly signal: AbortSignal },
  work: () => Promise<void>,
): Promise<void> {
  const key = `${lockKey(relation)}:after`
  await database.transaction(async (transaction) => {
    for (;;) {
      // The extended protocol would leave the statement's portal open, and with it a snapshot, until the next one.
      const { rows } = await transaction.query<{ locked: boolean }>({
        text: `select pg_try_advisory_xact_lock(pg_catalog.hashtextextended(${quoteLiteral(key)}, 0)) as locked`,
        script: true,
      })
      if (rows[0]!.locked) return work()
      await delay(100, undefined, { signal: options.signal })
    }
  }, options)
}

async function isDone(session: Session, unless: string): Promise<boolean> {
  const { rowCount } = await session.query(unless)
  return rowCount > 0
}
