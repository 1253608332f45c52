import type { QueryResult, Statement } from '@strata/core'
import type pg from 'pg'
import { translateError } from './translate-error.ts'

export interface StatementResult<Row> extends QueryResult<Row> {
  /** What the server says it did: `SELECT`, `COMMIT`, `ROLLBACK`. */
  readonly command: string
}

/**
 * Runs one statement. `before`: what a script is sent behind, in one message. Throws `DatabaseError`, and bare errors for values
 * that no parameter can be.
 */
export async function runStatement<Row>(
  client: pg.ClientBase,
  statement: Statement | string,
  before = '',
): Promise<StatementResult<Row>> {
  const text = typeof statement === 'string' ? statement : statement.text
  const values = typeof statement === 'string' ? [] : [...(statement.values ?? [])]
  const script = typeof statement !== 'string' && statement.script === true
  try {
    // The extended protocol takes one statement: text that holds a second one is refused by the server.
    const rowMode =
      typeof statement !== 'string' && statement.rowsAsArrays === true ? { rowMode: 'array' } : {}
    const query = script
      ? { text: before + text, ...rowMode }
      : { text, values, queryMode: 'extended', ...rowMode }
    const answer: pg.QueryResult | pg.QueryResult[] = await client.query(query as pg.QueryConfig)
    const result: pg.QueryResult = Array.isArray(answer) ? answer.at(-1)! : answer
    return {
      rows: result.rows as Row[],
      rowCount: result.rowCount ?? 0,
      fields: (result.fields ?? []).map((field) => ({ name: field.name, typeOid: field.dataTypeID })),
      command: result.command ?? '',
    }
  } catch (error) {
    throw translateError(error, text, before)
  }
}
