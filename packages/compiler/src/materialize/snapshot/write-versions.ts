import { type PublishAction, quoteIdentifier, type SnapshotStep } from '@strata/core'
import { keyParts, type Look, staged } from './find-changes.ts'
import { type SharedColumn, stagedValue } from './snapshot-columns.ts'
import { currentMark, helpers, quoted, scdId, updatedAtOf } from './snapshot-sql.ts'
import { createTemporary, type SnapshotTables } from './take-snapshot.ts'

const { source, table, row, from } = helpers

/** The version `t` that ends. */
const ending = `t.ctid = c.${row} and t.tableoid = c.${table}`

/** Ends versions before it adds those that follow them, so that no key ever has two current ones. */
export function writeVersions(
  step: SnapshotStep,
  tables: SnapshotTables,
  look: Look,
): readonly PublishAction[] {
  const deletions = step.settings.hardDeletes === 'new_record'
  return [
    ...(deletions ? [keepGone(step, tables, look.shared)] : []),
    end(step, tables, 'changed'),
    ...(step.settings.hardDeletes === 'ignore' ? [] : [end(step, tables, 'deleted')]),
    add(step, tables, look, 'inserted'),
    add(step, tables, look, 'changed'),
    ...(deletions ? [addDeletions(step, tables, look)] : []),
  ]
}

/** `changed`: a new version follows. */
function end(
  step: SnapshotStep,
  { target, changes }: SnapshotTables,
  what: 'changed' | 'deleted',
): PublishAction {
  const validTo = quoteIdentifier(step.settings.columns.validTo)
  return {
    kind: 'execute',
    sql: `update ${target} as t set ${validTo} = c.${from}
from ${changes} as c
where ${ending} and c.${source} is ${what === 'changed' ? 'not null' : 'null'}`,
    counts: what,
    about: valuesFit,
  }
}

const valuesFit = {
  what: 'the columns of the snapshot',
  hint: 'Let the SELECT yield values that the table can hold: the types of its columns stay, but for longer texts and larger numbers.',
}

/** `inserted`: of rows that had no current version. The others have been counted. */
function add(
  step: SnapshotStep,
  tables: SnapshotTables,
  { shared, now }: Look,
  what: 'inserted' | 'changed',
): PublishAction {
  const updatedAt = updatedAtOf(step) === null ? now : 's.strata_updated_at'
  const values = [
    ...shared.map((column) => stagedValue(column, 's')),
    scdId([...keyParts(step), `c.${from}`]),
    updatedAt,
    `c.${from}`,
    currentMark(step) ?? 'null',
    ...(step.settings.hardDeletes === 'new_record' ? ["'False'"] : []),
  ]
  return {
    kind: 'execute',
    sql: `insert into ${tables.target} (${columnsOf(step, shared)})
select ${values.join(', ')}
from ${tables.changes} as c
join ${staged(step, tables)} on s.${source} = c.${source}
where c.${row} is ${what === 'inserted' ? 'null' : 'not null'}`,
    ...(what === 'inserted' ? { counts: what } : {}),
    about: valuesFit,
  }
}

/** What they held, while they can be found. */
function keepGone(
  { settings: { columns } }: SnapshotStep,
  { target, changes, gone }: SnapshotTables,
  shared: readonly SharedColumn[],
): PublishAction {
  const kept = quoted([...shared.map(({ name }) => name), columns.scdId], 't.')
  return {
    kind: 'execute',
    sql: `${createTemporary(gone)}
select ${kept.join(', ')}, c.${from}
from ${changes} as c
join ${target} as t on ${ending}
where c.${source} is null`,
  }
}

function addDeletions(
  step: SnapshotStep,
  { target, gone }: SnapshotTables,
  { shared, now }: Look,
): PublishAction {
  const values = [
    ...quoted(
      shared.map(({ name }) => name),
      'g.',
    ),
    scdId([`g.${quoteIdentifier(step.settings.columns.scdId)}`, now]),
    `g.${from}`,
    `g.${from}`,
    currentMark(step) ?? 'null',
    "'True'",
  ]
  return {
    kind: 'execute',
    sql: `insert into ${target} (${columnsOf(step, shared)})
select ${values.join(', ')}
from ${gone} as g`,
    about: valuesFit,
  }
}

function columnsOf(
  { settings: { columns, hardDeletes } }: SnapshotStep,
  shared: readonly SharedColumn[],
): string {
  const meta = [columns.scdId, columns.updatedAt, columns.validFrom, columns.validTo]
  if (hardDeletes === 'new_record') meta.push(columns.isDeleted)
  return quoted([...shared.map(({ name }) => name), ...meta]).join(', ')
}
