import type { Node } from '@pgsql/types'
import { columnNames, namesIn } from '../lineage/ast.ts'
import { outputName } from '../lineage/output-name.ts'
import type { FromItem, Query } from './query.ts'
import { walkSql } from './walk-sql.ts'

/** The columns of a relation by its name as written; null: they are not known. */
export type KnownColumns = (item: FromItem) => readonly string[] | null

const unknown: KnownColumns = () => null

/**
 * The columns of what FROM names; null: they are not known. Without `known` these are the ones that the text itself says, which
 * no change of a relation changes.
 */
export function columnsOfItem(
  item: FromItem,
  known: KnownColumns = unknown,
  seen: readonly Query[] = [],
): readonly string[] | null {
  if (item.kind === 'function') return columnsOfFunction(item)
  const query = item.cte === null ? item.query : item.cte.query
  const columns =
    item.kind === 'relation' ? known(item) : query === null ? null : columnsOfQuery(query, known, seen)
  const names = item.columnNames.length > 0 ? item.columnNames : (item.cte?.columnNames ?? [])
  return columns === null ? null : [...names, ...columns.slice(names.length)]
}

/** The columns that a query yields; null: not all are known. */
export function columnsOfQuery(
  query: Query,
  known: KnownColumns = unknown,
  seen: readonly Query[] = [],
): readonly string[] | null {
  if (seen.includes(query)) return null
  const [first] = query.arms
  if (first !== undefined) return columnsOfQuery(first, known, [...seen, query])
  const { targetList = [], valuesLists = [] } = query.select
  const [row] = valuesLists
  if (row !== undefined && 'List' in row)
    return (row.List.items ?? []).map((_, index) => `column${index + 1}`)
  const columns: string[] = []
  for (const target of targetList) {
    if (!('ResTarget' in target)) return null
    const star = starOf(target.ResTarget.val)
    if (star === null) {
      columns.push(outputName(target.ResTarget))
      continue
    }
    for (const item of starItems(query, star)) {
      const inner = columnsOfItem(item, known, [...seen, query])
      if (inner === null) return null
      columns.push(...inner)
    }
  }
  return columns
}

/** The qualifier of a star, empty for a bare one; null: it is none. */
export function starOf(value: Node | undefined): string | null {
  if (value === undefined || !('ColumnRef' in value)) return null
  const names = columnNames(value.ColumnRef)
  return names.at(-1) === '*' ? (names.at(-2) ?? '') : null
}

export function starItems(query: Query, qualifier: string): readonly FromItem[] {
  return qualifier === '' ? query.items : query.items.filter(({ name }) => name === qualifier)
}

function columnsOfFunction({ name, columnNames, function: written }: FromItem): readonly string[] {
  const inner = Object.values(written ?? {})[0] as FunctionNode | undefined
  const declared = [...(inner?.coldeflist ?? []), ...(inner?.columns ?? [])].flatMap((node) => {
    if ('ColumnDef' in node) return [node.ColumnDef.colname ?? '']
    if ('RangeTableFuncCol' in node) return [node.RangeTableFuncCol.colname ?? '']
    return 'JsonTableColumn' in node ? [node.JsonTableColumn.name ?? ''] : []
  })
  const called: string[] = []
  walkSql(inner?.functions, (node) => {
    if ('FuncCall' in node) called.push(namesIn(node.FuncCall.funcname).at(-1) ?? '')
    return true
  })
  return [
    ...(name === null ? called : [name]),
    ...columnNames,
    ...declared,
    ...(inner?.ordinality === true ? ['ordinality'] : []),
    ...(called.some((one) => one.includes('_each')) ? ['key', 'value'] : []),
    ...(called.some((one) => one.includes('_array_elements')) ? ['value'] : []),
  ]
}

interface FunctionNode {
  readonly coldeflist?: readonly Node[]
  readonly columns?: readonly Node[]
  readonly functions?: readonly Node[]
  readonly ordinality?: boolean
}
