import type { RelationName } from '@strata/core'
import type { FoundRelation, ShapeColumn } from './query-lineage.ts'
import { columnUse, noValue, unite, type Value } from './use.ts'

/** The columns of something that a query reads or yields. */
export interface Columns {
  readonly list: readonly Column[]
  /** What further columns may come from, whose names are not known. */
  readonly open: readonly OpenSource[]
  /** Made when the first column is looked up. */
  index: ReadonlyMap<string, Column | null> | null
}

export interface Column {
  readonly name: string
  /** SQL; null: not known. */
  readonly type: string | null
  value: Value | null
  /** Where `value` is null: the column of that name of this relation. */
  readonly relation: RelationName | null
  /** Where it is written, as in the tree; undefined or negative: not in this query. */
  readonly location?: number | undefined
  /** No star stands for it. */
  readonly hidden?: boolean
}

/** What a column whose name is not known would come from. */
export interface OpenSource {
  /** From the column of its name of each of these, whose columns are not known. */
  readonly relations: readonly RelationName[]
  /** And from this, whatever it is called. */
  readonly value: Value
  /** There are most probably no further columns, but nobody knows. */
  readonly improbable?: boolean
}

export const unknownSource: OpenSource = { relations: [], value: noValue }

export function columnsOf(list: readonly Column[], open: readonly OpenSource[] = []): Columns {
  return { list, open, index: null }
}

export function column(name: string, value: Value, type: string | null = null): Column {
  return { name, type, value, relation: null }
}

interface Made {
  readonly relation: RelationName
  readonly columns: Columns
}

const made = new WeakMap<readonly ShapeColumn[], Made>()

/** The columns of a relation; made once for a list of columns, which many queries read. */
export function columnsOfRelation({ relation, columns: shape }: FoundRelation): Columns {
  if (shape === null) return columnsOf([], [{ relations: [relation], value: noValue }])
  const known = made.get(shape)
  if (known?.relation.name === relation.name && known.relation.schema === relation.schema)
    return known.columns
  const columns = columnsOf(shape.map(({ name, type }) => ({ name, type, value: null, relation })))
  made.set(shape, { relation, columns })
  return columns
}

/** All columns are known, in order. */
export function isComplete({ open }: Pick<Columns, 'open'>): boolean {
  return open.every(({ improbable }) => improbable === true)
}

/** The one column of that name; `ambiguous` where there are several. */
export function findColumn(columns: Columns, name: string): Column | 'ambiguous' | null {
  columns.index ??= indexOf(columns.list)
  const found = columns.index.get(name)
  return found === null ? 'ambiguous' : (found ?? null)
}

export function columnValue(column: Column): Value {
  if (column.value === null) {
    column.value =
      column.relation === null
        ? noValue
        : { direct: [columnUse(column.relation, column.name)], condition: [], window: [] }
  }
  return column.value
}

/** A column that can come from nowhere else than from what is not known; of several it is not known from which. */
export function openValue(open: readonly OpenSource[], name: string): Value {
  const [only] = open
  if (only === undefined || open.length > 1) return noValue
  const uses = only.relations.map((one) => columnUse(one, name))
  return unite(only.value, { direct: uses, condition: [], window: [] })
}

function indexOf(list: readonly Column[]): ReadonlyMap<string, Column | null> {
  const index = new Map<string, Column | null>()
  for (const one of list) index.set(one.name, index.has(one.name) ? null : one)
  return index
}
