import {
  type AskedRow,
  type ModelStep,
  type NodeId,
  type PublishAction,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type RelationName,
  type TimeWindow,
} from '@strata/core'
import { changeColumn } from '../build/change-column.ts'
import { freeNames } from '../free-names.ts'

/** The model's SELECT with what its parents hold of a window in their places. */
export interface WindowViews {
  readonly create: readonly PublishAction[]
  readonly select: string
  /** They would stay as long as the connection. */
  readonly drop: readonly PublishAction[]
}

/**
 * A temporary view for each parent that is read by batches, under the parent's own name, so that `from {{ ref(…) }}` without
 * an alias lets the SELECT say `events.id`. Where no parent is read by batches, the SELECT is cut to the window instead.
 */
export function windowViews(step: ModelStep, window: TimeWindow): WindowViews {
  const fragments = step.select.increment ?? [step.select.full]
  const names = new Map<NodeId, string>()
  const create: PublishAction[] = []
  const freeName = freeNames()
  const tracked = new Set(step.increments.map(({ parent }) => parent))
  const viewOf = (parent: NodeId, relation: RelationName, column: string): string => {
    const known = names.get(parent)
    if (known !== undefined) return known
    const view = `pg_temp.${quoteIdentifier(freeName(relation.name))}`
    names.set(parent, view)
    create.push(createView(view, relation, inWindow(quoteIdentifier(column), window), tracked.has(parent)))
    return view
  }
  const text = fragments
    .map((piece) => {
      if (typeof piece === 'string') return piece
      if ('windowOf' in piece) return viewOf(piece.windowOf, piece.relation, piece.column)
      throw new Error(`${step.id} is built in batches, and reads increments`)
    })
    .join('')
  const drop = [...names.values()].map(
    (view): PublishAction => ({ kind: 'execute', sql: `drop view ${view}` }),
  )
  return { create, select: names.size > 0 ? text : cutTo(window, step, text), drop }
}

/** Rows of a SELECT of a model that lie in a window. */
export function cutTo(window: TimeWindow, step: ModelStep, select: string): string {
  return `select * from (\n${select}\n) as whole\nwhere ${inWindow(`whole.${eventTimeColumn(step)}`, window)}`
}

/**
 * Half-open. The bounds are timestamps, which Postgres compares with dates, timestamps and, since sessions are in UTC, with
 * timestamps with a zone alike; without their type they would be cut to days where the column is a date.
 */
export function inWindow(column: string, { from, to }: TimeWindow): string {
  return `${column} >= timestamp ${quoteLiteral(from)} and ${column} < timestamp ${quoteLiteral(to)}`
}

/** Quoted. */
export function eventTimeColumn({ batches, id }: ModelStep): string {
  if (batches === undefined) throw new Error(`${id} is not built in batches`)
  return quoteIdentifier(batches.eventTime)
}

function createView(view: string, relation: RelationName, where: string, tracked: boolean): PublishAction {
  const name = view.slice('pg_temp.'.length)
  const create = (columns: string): PublishAction => ({
    kind: 'execute',
    sql: `create temp view ${name} as\nselect ${columns} from ${quoteRelation(relation)}\nwhere ${where}`,
    about: {
      what: `reading ${relation.schema}.${relation.name} by its event_time`,
      hint: 'Its event_time names a column of it, of type date, timestamp or timestamptz.',
    },
  })
  if (!tracked) return create('*')
  // Which transaction wrote a row is no part of it: `select *` would carry it on, and every change with it.
  return {
    kind: 'ask',
    sql: `select attname::text as name from pg_attribute
where attrelid = ${quoteLiteral(quoteRelation(relation))}::regclass and attnum > 0 and not attisdropped
  and attname <> ${quoteLiteral(changeColumn)}
order by attnum`,
    proceed: (rows) => ({ actions: [create(columnList(rows))] }),
  }
}

function columnList(rows: readonly AskedRow[]): string {
  return rows.map((row) => quoteIdentifier(String(row['name']))).join(', ')
}
