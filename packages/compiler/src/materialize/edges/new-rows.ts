import { type EdgeFacts, quoteIdentifier, quoteLiteral } from '@strata/core'
import { changeColumn } from '../build/change-column.ts'
import { beyondXmin } from './beyond-xmin.ts'
import { newByColumns } from './change-columns.ts'

/** The condition on rows of an edge's parent that the step has to read: those beyond the edge's watermark. */
export function newRows(edge: EdgeFacts, snapshot: string): string {
  const { from, by } = edge
  if (from === null) throw new Error(`the edge from ${edge.parent} has no watermark to start from`)
  if (by === undefined) return beyondSnapshot(changeColumn, from, snapshot)
  if (by.kind === 'columns') return newByColumns(by)
  const beyond = beyondXmin(from, snapshot)
  return by.newTables.length === 0
    ? beyond
    : `(${beyond}\n  or tableoid in (${by.newTables.map(quoteLiteral).join(', ')}))`
}

/** Exactly what became visible between two snapshots, by the transaction that stands in the column. */
export function beyondSnapshot(column: string, from: string, to: string): string {
  const changed = quoteIdentifier(column)
  const old = `${quoteLiteral(from)}::pg_snapshot`
  return `${changed} >= pg_snapshot_xmin(${old})
  and not pg_visible_in_snapshot(${changed}, ${old})
  and pg_visible_in_snapshot(${changed}, ${quoteLiteral(to)}::pg_snapshot)`
}
