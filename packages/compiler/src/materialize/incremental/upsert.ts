import { type PublishAction, quoteIdentifier } from '@strata/core'
import { type KeyMatch, matchKey } from './key-match.ts'

export interface Upsert {
  /** Quoted. */
  readonly target: string
  /** Quoted; one row a key. */
  readonly stage: string
  /** All columns that the stage and the target share. */
  readonly columns: readonly string[]
  /** Empty: every row of the stage is added. */
  readonly key: readonly string[]
  /** Columns of rows that are there already which keep their values. */
  readonly untouched?: readonly string[]
  /** The column that tells which transaction wrote a row, where there is one. */
  readonly kept: string | null
}

/**
 * Updates rows that differ, inserts rows that are new, and neither writes nor locks the others: the comparison is part
 * of the join. `*<>` compares the stored images, so that it works for every type (json has no equality), sees 1.0
 * become 1.00, and takes two NULLs for equal.
 */
export function upsert(change: Upsert): readonly PublishAction[] {
  if (change.key.length === 0) return [insert(change, '')]
  const matches = matchKey(change.key)
  return [
    ...matches.flatMap((match) => update(change, match)),
    ...matches.map((match) => insert(change, notYetIn(change, match))),
  ]
}

function update(change: Upsert, match: KeyMatch): readonly PublishAction[] {
  const { key, untouched = [] } = change
  const columns = change.columns
    .filter((column) => !key.includes(column) && !untouched.includes(column))
    .map(quoteIdentifier)
  if (columns.length === 0) return []
  // Without the cast the operator would be looked up for each pair of columns.
  const row = (of: string) => `row(${columns.map((column) => `${of}.${column}`).join(', ')})::record`
  const assignments = columns.map((column) => `${column} = s.${column}`)
  if (change.kept !== null) assignments.push(`${quoteIdentifier(change.kept)} = default`)
  const sql = `update ${change.target} as t set ${assignments.join(', ')}
from ${change.stage} as s
where ${match.rows}
  and ${match.same}
  and ${row('t')} *<> ${row('s')}`
  return [{ kind: 'execute', sql, counts: 'changed' }]
}

function notYetIn(change: Upsert, match: KeyMatch): string {
  return `\nwhere ${match.rows}\n  and not exists (select from ${change.target} as t where ${match.same})`
}

function insert(change: Upsert, where: string): PublishAction {
  const columns = change.columns.map(quoteIdentifier)
  return {
    kind: 'execute',
    sql: `insert into ${change.target} (${columns.join(', ')})\nselect ${columns.map((column) => `s.${column}`).join(', ')} from ${change.stage} as s${where}`,
    counts: 'inserted',
  }
}
