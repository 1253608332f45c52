import {
  type ModelStep,
  type PublishAction,
  quoteIdentifier,
  quoteRelation,
  type TimeWindow,
} from '@strata/core'
import { changeColumn } from '../build/change-column.ts'
import { fillTable } from '../build/fill-table.ts'
import { gateOn } from '../build/gate-on.ts'
import { assertNoDuplicates } from '../incremental/duplicate-keys.ts'
import { strategyOf } from '../incremental/incremental-strategy.ts'
import { matchKey } from '../incremental/key-match.ts'
import { stageOf, stageRelation, unqualified } from '../incremental/merge-increment.ts'
import { columnChanges, compareColumns, reconcileColumns } from '../incremental/schema-change.ts'
import { upsert } from '../incremental/upsert.ts'
import { eventTimeColumn, inWindow, windowViews } from './window-views.ts'

/**
 * Brings the rows of one batch to what the SELECT yields for it. With a key, rows that it no longer yields go, and the rest
 * is upserted; without one the batch is deleted and inserted.
 */
export function writeBatch(
  step: ModelStep,
  window: TimeWindow,
  tracksChanges: boolean,
): readonly PublishAction[] {
  const views = windowViews(step, window)
  const stage = stageOf(step)
  const target = quoteRelation(step.relation)
  const kept = tracksChanges ? changeColumn : null
  return [
    ...views.create,
    ...fillTable(
      step,
      { create: 'create temp table', name: unqualified(stage), tail: ' on commit drop' },
      { from: views.select, select: views.select, counts: 'rows' },
    ),
    { kind: 'execute', sql: `analyze ${stage}` },
    {
      kind: 'ask',
      sql: compareColumns(stage, target, kept),
      proceed: (rows) => {
        const { actions, columns } = reconcileColumns(step, columnChanges(rows))
        return {
          actions: [
            ...actions,
            ...bringIn(step, window, columns, kept),
            ...gateOn(step, stageRelation(step)),
          ],
        }
      },
    },
    ...views.drop,
  ]
}

function bringIn(
  step: ModelStep,
  window: TimeWindow,
  columns: readonly string[],
  kept: string | null,
): readonly PublishAction[] {
  const strategy = strategyOf(step)
  const stage = stageOf(step)
  const target = quoteRelation(step.relation)
  const key = strategy.kind === 'merge' ? strategy.key : []
  const untouched = strategy.kind === 'merge' ? columns.filter(strategy.untouched) : []
  // Rows of this batch's time may be there for the sake of another one.
  const mixed = step.batches?.keepsOutside === true
  return [
    mixed ? countStrays(step, stage, window) : assertInside(step, stage, window),
    ...assertNoDuplicates(step, stage, key),
    ...(mixed ? [] : removeOthers(target, stage, key, inWindow(`t.${eventTimeColumn(step)}`, window))),
    ...upsert({ target, stage, columns, key, untouched, kept }),
  ]
}

/** A row of another batch would be there twice, or would be taken away when that one's turn comes. */
function assertInside(step: ModelStep, stage: string, window: TimeWindow): PublishAction {
  const column = eventTimeColumn(step)
  return {
    kind: 'assert_empty',
    sql: `select count(*) || case count(*) when 1 then ' row' else ' rows' end as key from ${stage} as s
where (${inWindow(`s.${column}`, window)}) is not true having count(*) > 0`,
    code: 'OUTSIDE_OF_BATCH',
    message: `the SELECT of ${step.name} yields rows for the batch from ${window.from} to ${window.to} (UTC) whose ${column} lies outside of it`,
    hint: 'Let event_time be the time by which the parents are read, unchanged or cut to a smaller unit; give each parent that brings rows an event_time, or leave such rows out in the SELECT.',
    about: {
      what: 'its option event_time',
      hint: 'It names a column that the SELECT yields, of type date, timestamp or timestamptz.',
    },
  }
}

/** They are told of, and kept. */
function countStrays(step: ModelStep, stage: string, window: TimeWindow): PublishAction {
  return {
    kind: 'ask',
    sql: `select from ${stage} as s
where (${inWindow(`s.${eventTimeColumn(step)}`, window)}) is not true limit 1`,
    proceed: (rows) => ({ actions: [], ...(rows.length === 0 ? {} : { remark: 'with rows outside of it' }) }),
  }
}

function removeOthers(
  target: string,
  stage: string,
  key: readonly string[],
  inBatch: string,
): readonly PublishAction[] {
  if (key.length === 0)
    return [{ kind: 'execute', sql: `delete from ${target} as t\nwhere ${inBatch}`, counts: 'deleted' }]
  const hasNull = `(${key.map((column) => `t.${quoteIdentifier(column)} is null`).join(' or ')})`
  return matchKey(key).map(({ same }, index) => ({
    kind: 'execute',
    sql: `delete from ${target} as t
where ${inBatch}
  and ${index === 0 ? `not ${hasNull}` : hasNull}
  and not exists (select from ${stage} as s where ${same})`,
    counts: 'deleted',
  }))
}
