import type { Alias } from '@pgsql/types'
import { namesIn } from './ast.ts'
import { type Columns, column, columnsOf, columnValue, isComplete, openValue } from './columns.ts'
import type { Resolution } from './resolution.ts'
import { noValue } from './use.ts'

/** Columns under the names of an alias's list, `t (a, b)`; those beyond the list keep theirs. */
export function aliasColumns(
  { problems }: Resolution,
  columns: Columns,
  alias: Pick<Alias, 'aliasname' | 'colnames'> | undefined,
  location: number | undefined,
): Columns {
  const names = namesIn(alias?.colnames)
  if (names.length === 0) return columns
  // Which of the columns have new names is not known where not all are known.
  if (!isComplete(columns))
    return columnsOf([...names.map((name) => column(name, noValue)), ...columns.list], columns.open)
  const { length } = columns.list
  if (names.length > length && columns.open.length === 0) {
    const name = alias?.aliasname ?? ''
    const message = `"${name}" has ${length} columns, and ${names.length} names are given`
    problems.report('column_count', { location }, name, message)
  }
  const renamed = names.map((name, at) => {
    const known = columns.list[at]
    return known === undefined
      ? column(name, openValue(columns.open, name))
      : { ...column(name, columnValue(known), known.type), location: known.location }
  })
  return columnsOf([...renamed, ...columns.list.slice(names.length)], columns.open)
}
