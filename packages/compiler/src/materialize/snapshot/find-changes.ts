import { type PublishAction, quoteIdentifier, type SnapshotStep } from '@strata/core'
import type { ColumnChange } from '../incremental/schema-change.ts'
import { differs, type SharedColumn, typeIn } from './snapshot-columns.ts'
import { helpers, isCurrent, isDeletion, keyColumns, keyNames, sameKey, updatedAtOf } from './snapshot-sql.ts'
import { createTemporary, type SnapshotTables } from './take-snapshot.ts'

/** What is known of columns and time when changes are looked for. */
export interface Look {
  readonly changes: readonly ColumnChange[]
  readonly shared: readonly SharedColumn[]
  /** A literal of the moment at which the step looks. */
  readonly now: string
}

const { source, table, row, from } = helpers

/**
 * One row for each version that begins or ends: where its row is in the stage (null: it is gone), which version ends (null:
 * none), and when. A version never begins before the one before it; where `updated_at` would have it so, it begins when it
 * is found.
 */
export function findChanges(
  step: SnapshotStep,
  tables: SnapshotTables,
  look: Look,
): readonly PublishAction[] {
  const { hardDeletes } = step.settings
  const changed = isChanged(step, look)
  return [
    {
      kind: 'execute',
      sql: `${createTemporary(tables.changes)}
select s.${source}, t.${table}, t.${row}, ${beginning(step, look)} as ${from}
from ${staged(step, tables)}
left join ${current(step, tables)} on ${sameKey(step)}
where t.${row} is null
    or ${changed}`,
    },
    ...(hardDeletes === 'invalidate' ? [notBeforeItsEnd(step, tables, look)] : []),
    ...(hardDeletes === 'ignore' ? [] : [findGone(step, tables, look)]),
    { kind: 'execute', sql: `analyze ${tables.changes}` },
  ]
}

/** The stage as `s`, with its keys and times. */
export function staged(step: SnapshotStep, { stage }: SnapshotTables): string {
  const updatedAt = updatedAtOf(step)
  const time = updatedAt === null ? '' : `, ${updatedAt} as strata_updated_at`
  return `(select staged.*, staged.ctid as ${source}, ${keyColumns(step)}${time} from ${stage} as staged) as s`
}

/** The current versions as `t`. */
function current(step: SnapshotStep, { target }: SnapshotTables): string {
  return `(select version.*, version.tableoid as ${table}, version.ctid as ${row}, ${keyColumns(step)} from ${target} as version where ${isCurrent(step)}) as t`
}

function isChanged(step: SnapshotStep, { shared }: Look): string {
  const { columns, strategy, hardDeletes } = step.settings
  const [validFrom, updatedAt] = [columns.validFrom, columns.updatedAt].map(
    (name) => `t.${quoteIdentifier(name)}`,
  )
  // Not with when the version began: that is when it was found, where the row had come back, and then later than any change.
  const byTime = `${updatedAt} < s.strata_updated_at
    or ${updatedAt} is null and s.strata_updated_at is not null and s.strata_updated_at is distinct from ${validFrom}`
  const changed = strategy.kind === 'timestamp' ? byTime : differs(step, shared)
  return hardDeletes === 'new_record' ? `${isDeletion(step, 't.')}\n    or ${changed}` : changed
}

function beginning(step: SnapshotStep, look: Look): string {
  const validFrom = `t.${quoteIdentifier(step.settings.columns.validFrom)}`
  const found = foundNow(step, look, validFrom)
  if (updatedAtOf(step) === null) return found
  const isLater = `coalesce(s.strata_updated_at > ${validFrom}, s.strata_updated_at is not null)`
  return `case when t.${row} is null or ${isLater} then s.strata_updated_at else ${found} end`
}

/** Now, in the type of the table, and not before the version that ends began. */
function foundNow(step: SnapshotStep, { changes, now }: Look, after: string): string {
  const type = typeIn(changes, step.settings.columns.validFrom)
  const moment = type === 'timestamp without time zone' ? now : `${now}::${type}`
  return `greatest(${moment}, ${after})`
}

/** A row that comes back after its last version was ended. */
function notBeforeItsEnd(step: SnapshotStep, tables: SnapshotTables, look: Look): PublishAction {
  const validTo = quoteIdentifier(step.settings.columns.validTo)
  return {
    kind: 'execute',
    sql: `update ${tables.changes} as c set ${from} = ${foundNow(step, look, 'before.ended')}
from (
  select s.${source}, max(t.${validTo}) as ended
  from ${staged(step, tables)}
  join ${tables.changes} as returned on returned.${source} = s.${source} and returned.${row} is null
  join (select version.*, ${keyColumns(step)} from ${tables.target} as version) as t on ${sameKey(step)}
  group by s.${source}
) as before
where c.${source} = before.${source} and (c.${from} > before.ended) is not true`,
  }
}

function findGone(step: SnapshotStep, tables: SnapshotTables, look: Look): PublishAction {
  const { hardDeletes, columns } = step.settings
  const known = hardDeletes === 'new_record' ? `\n  and not ${isDeletion(step, 't.')}` : ''
  return {
    kind: 'execute',
    sql: `insert into ${tables.changes} (${table}, ${row}, ${from})
select t.${table}, t.${row}, ${foundNow(step, look, `t.${quoteIdentifier(columns.validFrom)}`)}
from ${current(step, tables)}
where not exists (select from (select ${keyColumns(step)} from ${tables.stage}) as s where ${sameKey(step)})${known}`,
  }
}

/** The parts of the key as they stand in the id of a version. */
export function keyParts(step: SnapshotStep): readonly string[] {
  return keyNames(step, 's.')
}
