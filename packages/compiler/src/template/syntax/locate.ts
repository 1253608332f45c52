import type { Location } from '@strata/core'
import type { SourceText } from './template.ts'

const lineTables = new WeakMap<SourceText, number[]>()

/** The place of an offset; offsets are turned into lines only where somebody needs to see them. */
export function locate(source: SourceText, at: number, end?: number): Location {
  const table = lineTable(source)
  const start = position(source, table, at)
  if (end === undefined || end <= at) return { file: source.file, ...start }
  const finish = position(source, table, end)
  return { file: source.file, ...start, endLine: finish.line, endColumn: finish.column }
}

function lineTable(source: SourceText): number[] {
  let table = lineTables.get(source)
  if (table === undefined) {
    table = [0]
    for (const ending of source.text.matchAll(/\r\n|\r|\n/g)) table.push(ending.index + ending[0].length)
    lineTables.set(source, table)
  }
  return table
}

function position(
  source: SourceText,
  table: readonly number[],
  at: number,
): { line: number; column: number } {
  let low = 0
  let high = table.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (table[middle]! <= at) low = middle
    else high = middle - 1
  }
  let column = 1
  for (let index = table[low]!; index < at; index++) {
    const unit = source.text.charCodeAt(index)
    if (unit < 0xdc00 || unit > 0xdfff) column++
  }
  return { line: low + 1, column }
}
