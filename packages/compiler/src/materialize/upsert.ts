import { type PublishAction, quoteIdentifier } from '@strata/core'

export interface Upsert {
  /** Quoted. */
  readonly target: string
  /** Quoted; one row a key. */
  readonly stage: string
  /** All columns that the stage and the target share. */
  readonly columns: readonly string[]
  /** Empty: every row of the stage is added. */
  readonly key: readonly string[]
  /** The column that tells which transaction wrote a row, where there is one. */
  readonly kept: string | null
}

/**
 * Updates rows that differ, inserts rows that are new, and neither writes nor locks the others: the comparison is part
 * of the join. `*<>` compares the stored images, so that it works for every type (json has no equality), sees 1.0
 * become 1.00, and takes two NULLs for equal.
 *
 * Rows with a NULL in their key go separately: IS NOT DISTINCT FROM can neither be hashed nor use the index, plain
 * equality can.
 */
export function upsert(change: Upsert): readonly PublishAction[] {
  if (change.key.length === 0) return [insert(change, '')]
  const matches = [matchWithoutNulls(change.key), matchWithNulls(change.key)]
  return [
    ...matches.flatMap((match) => update(change, match)),
    ...matches.map((match) => insert(change, notYetIn(change, match))),
  ]
}

/** Which rows of the stage are meant, and when one of them is the same as one of the target. */
interface Match {
  readonly rows: string
  readonly same: string
}

function matchWithoutNulls(key: readonly string[]): Match {
  const columns = key.map(quoteIdentifier)
  return {
    rows: columns.map((column) => `s.${column} is not null`).join(' and '),
    same: columns.map((column) => `t.${column} = s.${column}`).join(' and '),
  }
}

function matchWithNulls(key: readonly string[]): Match {
  const columns = key.map(quoteIdentifier)
  const [only] = columns
  if (columns.length === 1) return { rows: `s.${only} is null`, same: `t.${only} is null` }
  const row = (of: string) => `row(${columns.map((column) => `${of}.${column}`).join(', ')})`
  return {
    rows: `(${columns.map((column) => `s.${column} is null`).join(' or ')})`,
    same: [
      `hash_record_extended(${row('t')}, 0) = hash_record_extended(${row('s')}, 0)`,
      ...columns.map((column) => `t.${column} is not distinct from s.${column}`),
    ].join(' and '),
  }
}

function update(change: Upsert, match: Match): readonly PublishAction[] {
  const columns = change.columns.filter((column) => !change.key.includes(column)).map(quoteIdentifier)
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

function notYetIn(change: Upsert, match: Match): string {
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
