import { DatabaseError, type Statement } from '@strata/core'
import type pg from 'pg'
import { connectError } from './connect-error.ts'
import { runStatement, type StatementResult } from './run-statement.ts'

/**
 * Whether what answers hands out connections of its own to the server: then the process id that it gave at the start is not that
 * of the server process. Throws `DatabaseError` (`POOLER_WITHOUT_TRANSACTIONS`).
 */
export async function isPooled(client: pg.ClientBase, url: string): Promise<boolean> {
  const { processID } = client as unknown as { readonly processID: number }
  const { rows } = await client.query<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid')
  if (rows[0]!.pid === processID) return false
  try {
    await client.query('begin')
    await client.query('rollback')
  } catch (error) {
    const { message, sqlstate } = connectError(error, url) as DatabaseError
    throw new DatabaseError({
      code: 'POOLER_WITHOUT_TRANSACTIONS',
      message,
      hint: 'A connection pooler is between, in statement mode: choose its transaction mode (pool_mode = transaction), or connect to the server itself.',
      sqlstate,
    })
  }
  return true
}

/**
 * Runs one statement where the server process may be another one from transaction to transaction, and somebody else's afterwards: what
 * a session would be set to (`settings`, statements with `set local`) is set in each transaction, and a statement that stands outside of
 * one gets its own, unless it cannot be in any.
 */
export async function throughPooler<Row>(
  client: pg.ClientBase,
  statement: Statement | string,
  settings: string,
): Promise<StatementResult<Row>> {
  const begin = (text: string) => runStatement(client, { text: `${text}; ${settings}`, script: true })
  const text = typeof statement === 'string' ? statement : statement.text
  if (isOpen(client)) return runStatement(client, statement)
  if (begins.test(text)) return (await begin(text)) as StatementResult<Row>
  if (ends.test(text)) return runStatement(client, statement)
  await begin('begin')
  let result: StatementResult<Row>
  try {
    result = await runStatement<Row>(client, statement)
  } catch (error) {
    await client.query('rollback')
    if (!needsNone(error)) throw error
    return runStatement(client, statement)
  }
  if (isOpen(client)) await runStatement(client, 'commit')
  return result
}

const begins = /^\s*(begin|start\s+transaction)\b[^;]*$/i
const ends = /^\s*(commit|rollback|end|abort)\b[^;]*$/i

export function isOpen(client: pg.ClientBase): boolean {
  const { getTransactionStatus } = client as unknown as { getTransactionStatus(): string | null }
  return getTransactionStatus.call(client) !== 'I'
}

/** active_sql_transaction: CREATE INDEX CONCURRENTLY, VACUUM; invalid_transaction_termination: a procedure that commits. */
function needsNone(error: unknown): boolean {
  return error instanceof DatabaseError && (error.sqlstate === '25001' || error.sqlstate === '2D000')
}
