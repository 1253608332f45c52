import {
  deriveName,
  type IndexFacts,
  type ModelStep,
  type PublishAction,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type RelationFacts,
  type StepFacts,
  StrataError,
} from '@strata/core'
import { begunRecording, decideIntent } from '../decide-intent.ts'
import { assertNoDuplicates } from '../incremental/duplicate-keys.ts'
import { untouchedBy } from '../incremental/incremental-strategy.ts'
import { matchKey } from '../incremental/key-match.ts'
import { stageOf, unqualified } from '../incremental/merge-increment.ts'
import {
  addColumn,
  type ColumnChange,
  columnChanges,
  compareColumns,
  isAdditive,
} from '../incremental/schema-change.ts'
import { type Upsert, upsert } from '../incremental/upsert.ts'
import { applyOptionsInside } from '../options/apply-options.ts'
import { keyConstraintIndex } from '../options/key-constraint.ts'
import { describeBound, onlyMaterializedViews } from './bound-objects.ts'
import type { TableShape } from './build-table.ts'
import { addChangeColumn, changeColumn, keepFormerRows, refuseChangeColumn } from './change-column.ts'
import { fillTable } from './fill-table.ts'
import { refuseEmpty } from './refuse-empty.ts'

/** Whether a table keeps its place when it is built anew: something is bound to it, or its configuration says so. */
export function refreshesInPlace(step: ModelStep, relation: RelationFacts): boolean {
  return relation.kind === 'table' && (relation.bound.length > 0 || step.config['publish'] === 'in_place')
}

/**
 * Stages the SELECT and writes what differs, so that the table stays the one that other objects and old snapshots know.
 * New columns are added. Where others are gone or have another type, `swap` is done with the stage, or the step fails with
 * `BOUND_OBJECTS`.
 */
export function refreshInPlace(
  step: ModelStep,
  facts: StepFacts,
  relation: RelationFacts,
  shape: TableShape,
  swap: (select: string) => readonly PublishAction[],
): readonly PublishAction[] {
  const stage = stageOf(step)
  const target = quoteRelation(step.relation)
  const tracked = relation.columns.some(({ name }) => name === changeColumn)
  return [
    ...makeRoom(step, shape, tracked),
    ...fillTable(
      step,
      { create: 'create temp table', name: unqualified(stage), tail: ' on commit drop' },
      { from: shape.select, select: step.select.full, counts: 'rows' },
    ),
    { kind: 'execute', sql: `analyze ${stage}` },
    ...refuseEmpty(step, relation, stage),
    {
      kind: 'ask',
      sql: compareColumns(stage, target, tracked ? changeColumn : null),
      proceed: (rows) => {
        const changes = columnChanges(rows)
        if (isAdditive(changes)) {
          const { reason } = decideIntent(step, facts)
          return {
            actions: writeDifferences(step, relation, shape, changes),
            reason: `${reason}${begunRecording(step, facts) === null ? ', in place' : ''}${whyInPlace(relation)}`,
          }
        }
        if (!onlyMaterializedViews(relation)) throw cannotFollow(step, relation, changes)
        return { actions: swap(`select * from ${stage}`).map(uncounted), action: 'rebuild' }
      },
    },
  ]
}

/** Columns that the SELECT yields from now on are there before the rows are written. */
function makeRoom(step: ModelStep, shape: TableShape, tracked: boolean): readonly PublishAction[] {
  const target = quoteRelation(step.relation)
  const sample = `pg_temp.${quoteIdentifier(deriveName(step.relation.name, '__strata_sample'))}`
  const columnToTrack = shape.tracksChanges && !tracked ? [addChangeColumn(step.relation)] : []
  return [
    ...fillTable(
      step,
      { create: 'create temp table', name: unqualified(sample), tail: ' on commit drop' },
      { from: `select * from (\n${step.select.full}\n) as sample limit 0`, select: step.select.full },
    ),
    ...(columnToTrack.length === 0 ? [] : [refuseChangeColumn(step, sample)]),
    {
      kind: 'ask',
      sql: compareColumns(sample, target, tracked ? changeColumn : null),
      proceed: (rows) => {
        const changes = columnChanges(rows)
        const added = changes.filter(({ had }) => had === null)
        const wanted = [...added.map((change) => addColumn(target, change)), ...columnToTrack]
        if (!isAdditive(changes) || wanted.length === 0) return { actions: [] }
        const statements = shape.tracksChanges ? [...wanted, keepFormerRows(step.relation)] : wanted
        const names = [...added.map(({ name }) => name), ...columnToTrack.map(() => changeColumn)]
        return { actions: [{ kind: 'alter_first', statements, said: `adds ${names.join(', ')}` }] }
      },
    },
  ]
}

/** The rows were counted when they were staged. */
function uncounted(action: PublishAction): PublishAction {
  if (action.kind !== 'execute' || action.counts !== 'rows') return action
  const { counts: _, ...rest } = action
  return rest
}

function whyInPlace(relation: RelationFacts): string {
  return relation.bound.length === 0 ? '' : `, for others are bound to it: ${describeBound(relation)}`
}

function cannotFollow(
  step: ModelStep,
  relation: RelationFacts,
  changes: readonly ColumnChange[],
): StrataError {
  const said = changes
    .filter(({ had, gets }) => had !== null && had !== gets)
    .map(({ name, had, gets }) => (gets === null ? `${name} is gone` : `${name} was ${had} and is ${gets}`))
  return new StrataError({
    code: 'BOUND_OBJECTS',
    message: `the columns of ${step.name} cannot change (${said.join('; ')}) while other objects are bound to it: ${describeBound(relation)}`,
    hint: 'Nothing was changed. Drop what is bound to it, run again, and make it anew; columns that are only added need no such thing.',
  })
}

function writeDifferences(
  step: ModelStep,
  relation: RelationFacts,
  shape: TableShape,
  changes: readonly ColumnChange[],
): readonly PublishAction[] {
  const stage = stageOf(step)
  const target = quoteRelation(step.relation)
  const columns = changes.map(({ name }) => name)
  const kept = shape.tracksChanges ? changeColumn : null
  const keyIndex = relation.indexes.find(
    ({ name }) => name === deriveName(step.relation.name, '__strata_key'),
  )
  // Only where the key was enforced so far do the rows that are there have one each.
  const isCurrent = keyIndex?.valid === true && isOn(keyIndex, shape.key)
  const enforced = isCurrent || keyConstraintIndex(step.contract, relation, shape.key) !== null
  const outdated = keyIndex !== undefined && !isCurrent ? [keyIndex] : []
  return [
    ...assertNoDuplicates(step, stage, shape.key),
    ...dropFirst(
      step,
      outdated.map(({ name }) => `drop index ${quoteRelation({ schema: step.relation.schema, name })}`),
    ),
    ...(enforced
      ? keepingValues(step, columns, (untouched) =>
          writeByKey({ target, stage, columns, key: shape.key, untouched, kept }),
        )
      : writeWithoutKey(target, stage, columns)),
    { kind: 'execute', sql: `analyze ${target}` },
    ...applyOptionsInside(
      step,
      { ...relation, indexes: relation.indexes.filter((index) => !outdated.includes(index)) },
      shape,
    ),
  ]
}

function isOn(index: IndexFacts, key: readonly string[]): boolean {
  return key.length > 0 && index.columns?.join('\n') === key.join('\n')
}

/** Under strong locks: tried again while somebody reads. */
function dropFirst(step: ModelStep, statements: readonly string[]): readonly PublishAction[] {
  if (statements.length === 0) return []
  const nothing = { locks: [], repoint: [], former: null, carryOver: [] }
  return [{ kind: 'exchange', name: step.relation, statements, ...nothing }]
}

/**
 * Columns that increments leave as they are in rows that are there stay so here, too, but for a full refresh. One without any
 * value has none to keep: it has just been added.
 */
function keepingValues(
  step: ModelStep,
  columns: readonly string[],
  write: (untouched: readonly string[]) => readonly PublishAction[],
): readonly PublishAction[] {
  const isAsked = step.config.materialized === 'incremental' && !step.fullRefresh
  const untouched = isAsked ? columns.filter(untouchedBy(step)) : []
  if (untouched.length === 0) return write([])
  const held = untouched.map((column) => {
    const from = `select from ${quoteRelation(step.relation)} where ${quoteIdentifier(column)} is not null`
    return `(${quoteLiteral(column)}, exists (${from}))`
  })
  return [
    {
      kind: 'ask',
      sql: `select name from (values ${held.join(', ')}) as columns (name, held) where held`,
      proceed: (rows) => ({ actions: write(rows.map(({ name }) => String(name))) }),
    },
  ]
}

function writeByKey(change: Upsert): readonly PublishAction[] {
  const { target, stage, key } = change
  const hasNull = `(${key.map((column) => `t.${quoteIdentifier(column)} is null`).join(' or ')})`
  return [
    ...matchKey(key).map(
      ({ same }, index): PublishAction => ({
        kind: 'execute',
        sql: `delete from ${target} as t
where ${index === 0 ? `not ${hasNull}` : hasNull}
  and not exists (select from ${stage} as s where ${same})`,
        counts: 'deleted',
      }),
    ),
    ...upsert(change),
  ]
}

/**
 * Equal rows are told apart by their number: as many go or come as there are too many or too few. They are compared as
 * text, which every type has, json too.
 */
function writeWithoutKey(
  target: string,
  stage: string,
  columns: readonly string[],
): readonly PublishAction[] {
  const names = columns.map(quoteIdentifier)
  const image = `row(${names.map((name) => `r.${name}`).join(', ')})::text`
  const numbered = (from: string, also: string) =>
    `select ${also}image, row_number() over (partition by image) as copy from (select ${also}${image} as image from ${from} as r) as images`
  return [
    {
      kind: 'execute',
      sql: `delete from ${target} as t using (
  ${numbered(target, 'ctid, ')}
) as had
where t.ctid = had.ctid
  and not exists (select from (
  ${numbered(stage, '')}
) as gets where gets.image = had.image and gets.copy = had.copy)`,
      counts: 'deleted',
    },
    {
      kind: 'execute',
      sql: `insert into ${target} (${names.join(', ')})
select ${names.map((name) => `s.${name}`).join(', ')} from ${stage} as s join (
  ${numbered(stage, 'ctid, ')}
) as gets on gets.ctid = s.ctid
where not exists (select from (
  ${numbered(target, '')}
) as has where has.image = gets.image and has.copy = gets.copy)`,
      counts: 'inserted',
    },
  ]
}
