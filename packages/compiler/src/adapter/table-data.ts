import type { Answer } from '@strata/core'
import type { Value } from '../template/index.ts'
import { type ColumnType, typedValues } from './answer-values.ts'

/** A result with its columns' names and types; rows as lists of values. */
export interface TableData {
  readonly names: readonly string[]
  readonly types: readonly ColumnType[]
  readonly rows: readonly (readonly Value[])[]
}

export const emptyTable: TableData = { names: [], types: [], rows: [] }

export function tableOfAnswer(answer: Answer): TableData {
  const columns = answer.columns.map(({ typeOid }, index) =>
    typedValues(
      typeOid,
      answer.rows.map((row) => row[index]),
    ),
  )
  return {
    names: uniqueNames(answer.columns.map(({ name }) => name)),
    types: columns.map(({ type }) => type),
    rows: answer.rows.map((_row, index) => columns.map(({ values }) => values[index] ?? null)),
  }
}

/** The second column of a name gets `_2` after it. */
function uniqueNames(names: readonly string[]): string[] {
  const counts = new Map<string, number>()
  return names.map((name) => {
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    return count === 1 ? name : `${name}_${count}`
  })
}
