import { setTimeout as delay } from 'node:timers/promises'
import {
  DatabaseError,
  displayRelation,
  type Exchange,
  quoteRelation,
  type RelationName,
  type Repoint,
  type Session,
  StrataError,
} from '@strata/core'
import { sameDependents } from './same-dependents.ts'

export interface ExchangeOptions {
  /** For people. */
  readonly name: string
  readonly lockTimeoutMs: number
  readonly tries: number
  readonly signal: AbortSignal
  /** Whether Strata built the view. */
  isOurs(view: RelationName): Promise<boolean>
  /** Records a relation that was renamed away and is still read. */
  retire(relation: RelationName): Promise<void>
}

/** The facts no longer hold: the step is to be done again from its start. */
export const dependentsChanged = 'DEPENDENTS_CHANGED'

/**
 * Puts one relation in the place of another. A reader that holds one of them makes the try end after the lock timeout
 * (readers queue behind a waiting exclusive lock, so that is the longest they wait), and everybody gets through before
 * the next. Returns the views of ours that could not follow. Throws `RELATION_BUSY` after the last try.
 */
export async function performExchange(
  transaction: Session,
  exchange: Exchange,
  options: ExchangeOptions,
): Promise<readonly string[]> {
  // Before the savepoint: set after it, a rollback to it would undo it, and the next try wait for ever.
  await transaction.query(`set local lock_timeout = ${Math.round(options.lockTimeoutMs)}`)
  await transaction.query('savepoint strata_exchange')
  let attempt = exchange
  for (let tries = 1; ; tries++) {
    try {
      const leftBehind = await exchangeOnce(transaction, attempt, options)
      await transaction.query('release savepoint strata_exchange')
      await transaction.query('set local lock_timeout to default')
      return leftBehind
    } catch (error) {
      if (!(error instanceof DatabaseError) || options.signal.aborted) throw error
      await transaction.query('rollback to savepoint strata_exchange')
      if (attempt.otherwise?.sqlstates.includes(error.sqlstate ?? '')) {
        attempt = attempt.otherwise.exchange
      } else if (!isContention(error)) {
        throw error
      } else if (tries >= options.tries) {
        throw busy(options, tries, error)
      } else {
        await delay(50 + Math.random() * 100, undefined, { signal: options.signal })
      }
    }
  }
}

async function exchangeOnce(
  transaction: Session,
  exchange: Exchange,
  options: ExchangeOptions,
): Promise<readonly string[]> {
  for (const lock of exchange.locks) await transaction.query(lock)
  // After the locks nobody can change a dependent view, or make a new one on a table.
  if (exchange.former !== null && !(await sameDependents(transaction, exchange.name, exchange.repoint))) {
    throw new StrataError({
      code: dependentsChanged,
      message: `the views that read ${options.name} were changed meanwhile`,
    })
  }
  for (const statement of exchange.statements) await transaction.query(statement)
  const leftBehind: string[] = []
  for (const view of exchange.repoint) {
    if (!(await follow(transaction, view, options))) leftBehind.push(displayRelation(view.relation))
  }
  leftBehind.push(...(await staying(exchange.stay ?? [], options)))
  if (exchange.former !== null) {
    const { relation, kind } = exchange.former
    if (leftBehind.length > 0) await options.retire(relation)
    else await dropFormer(transaction, `drop ${kind.replace('_', ' ')} ${quoteRelation(relation)}`, options)
  }
  for (const statement of exchange.carryOver) await transaction.query(statement)
  return leftBehind
}

/** Views of ours that keep reading the former relation until their own steps. */
async function staying(
  stored: readonly RelationName[],
  options: ExchangeOptions,
): Promise<readonly string[]> {
  const names: string[] = []
  for (const relation of stored) {
    const name = displayRelation(relation)
    if (!(await options.isOurs(relation))) throw boundObjects(options, `materialized view ${name}`)
    names.push(name)
  }
  return names
}

async function dropFormer(transaction: Session, sql: string, options: ExchangeOptions): Promise<void> {
  try {
    await transaction.query(sql)
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.sqlstate !== '2BP01') throw error
    throw boundObjects(options, error.detail ?? error.message, error)
  }
}

function boundObjects(options: ExchangeOptions, what: string, cause?: DatabaseError): StrataError {
  return new StrataError({
    code: 'BOUND_OBJECTS',
    message: `${options.name} cannot be replaced, for other objects are bound to it: ${what}`,
    hint: 'Nothing was changed. Drop what is bound to it, run again, and make it anew.',
    cause,
  })
}

/** Whether the view now reads the new relation. */
async function follow(transaction: Session, view: Repoint, options: ExchangeOptions): Promise<boolean> {
  await transaction.query('savepoint strata_repoint')
  try {
    await transaction.query(view.sql)
    await transaction.query('release savepoint strata_repoint')
    return true
  } catch (error) {
    if (!(error instanceof DatabaseError) || isContention(error) || options.signal.aborted) throw error
    await transaction.query('rollback to savepoint strata_repoint')
    await transaction.query('release savepoint strata_repoint')
    if (await options.isOurs(view.relation)) return false
    throw new StrataError({
      code: 'DEPENDENT_VIEW',
      message: `the view ${displayRelation(view.relation)} reads ${options.name} and cannot follow its change: ${error.message}`,
      hint: 'Nothing was changed. Adapt or drop that view, then run again.',
      cause: error,
    })
  }
}

/** lock_not_available, deadlock_detected, serialization_failure */
function isContention(error: DatabaseError): boolean {
  return ['55P03', '40P01', '40001'].includes(error.sqlstate ?? '')
}

function busy(options: ExchangeOptions, tries: number, cause: DatabaseError): StrataError {
  return new StrataError({
    code: 'RELATION_BUSY',
    message: `${options.name} could not be replaced: something held it in each of ${tries} tries`,
    hint: 'Look in pg_stat_activity for a transaction that has been open for long, end it, and run again. Nothing was changed.',
    cause,
  })
}
