import {
  type AskedRow,
  type Continuation,
  type Counts,
  DatabaseError,
  type PublishAction,
  type Session,
  StrataError,
} from '@strata/core'
import type { Gate } from '../gate/gate.ts'
import { AlterFirst } from './alter-first.ts'
import { concerning } from './concerning.ts'
import { explainingViolations } from './explaining-violations.ts'
import { inTermsOfSelect } from './in-terms-of-select.ts'
import { type ExchangeOptions, performExchange } from './perform-exchange.ts'

/** What the answers of the database decided stands beside what was done. */
export interface Performed extends Omit<Continuation, 'actions'> {
  readonly counts: Counts
  /** Views of ours that stay on the former relation until their own steps. */
  readonly leftBehind: readonly string[]
}

export interface PerformOptions extends ExchangeOptions {
  readonly gate: Gate
}

/** Carries out a publication's actions in their order, inside the caller's transaction. */
export async function performActions(
  transaction: Session,
  actions: readonly PublishAction[],
  options: PerformOptions,
): Promise<Performed> {
  const counts: { -readonly [name in keyof Counts]: Counts[name] } = {}
  const leftBehind: string[] = []
  let turnedOut: Omit<Continuation, 'actions'> = {}
  // What an answer leads to comes before what follows the question; the last of the list is the next.
  const ahead = actions.toReversed()
  for (let action = ahead.pop(); action !== undefined; action = ahead.pop()) {
    switch (action.kind) {
      case 'execute': {
        const { select, sql, about, violated } = action
        const { rowCount } = await explainingViolations(transaction, violated, () =>
          concerning(about, () => inTermsOfSelect(select, () => transaction.query(sql))),
        )
        if (action.counts !== undefined) counts[action.counts] = (counts[action.counts] ?? 0) + rowCount
        break
      }
      case 'assert_empty':
        await assertEmpty(transaction, action)
        break
      case 'count': {
        const { rows } = await transaction.query<{ rows: string }>(action.sql)
        counts.rows = Number(rows[0]!.rows)
        break
      }
      case 'exchange':
        leftBehind.push(
          ...(await concerning(action.about, () =>
            inTermsOfSelect(action.select, () => performExchange(transaction, action, options)),
          )),
        )
        break
      case 'gate':
        await options.gate.ask(action.relation)
        break
      case 'alter_first':
        throw new AlterFirst(action.statements, action.said)
      case 'attempt':
        await attempt(transaction, action)
        break
      case 'ask': {
        const { select, sql, proceed } = action
        const { rows } = await inTermsOfSelect(select, () => transaction.query<AskedRow>(sql))
        const { actions: following, ...named } = proceed(rows)
        turnedOut = { ...turnedOut, ...named }
        ahead.push(...following.toReversed())
        break
      }
    }
  }
  return { counts, leftBehind, ...turnedOut }
}

async function attempt(
  transaction: Session,
  { statements, otherwise }: Extract<PublishAction, { kind: 'attempt' }>,
): Promise<void> {
  await transaction.query('savepoint strata_attempt')
  try {
    for (const statement of statements) await transaction.query(statement)
  } catch (error) {
    if (!(error instanceof DatabaseError) || !isOfTheData(error)) throw error
    await transaction.query('rollback to savepoint strata_attempt')
    for (const statement of otherwise) await transaction.query(statement)
  }
  await transaction.query('release savepoint strata_attempt')
}

/** data exception, cardinality violation, integrity constraint violation, what PL/pgSQL raises */
function isOfTheData({ sqlstate = '' }: DatabaseError): boolean {
  return /^(21|22|23|P0)/.test(sqlstate)
}

async function assertEmpty(
  transaction: Session,
  action: Extract<PublishAction, { kind: 'assert_empty' }>,
): Promise<void> {
  const { rows } = await concerning(action.about, () => transaction.query<{ key: string }>(action.sql))
  if (rows.length === 0) return
  const { code, message, hint } = action
  throw new StrataError({ code, message: `${message}: ${rows.map((row) => row.key).join('; ')}`, hint })
}
