import { codeFrameColumns } from '@babel/code-frame'

/** The lines around a 1-based character (code point) of an SQL text, with a mark under it. */
export function sqlExcerpt(sql: string, position: number): string {
  const before = [...sql].slice(0, position - 1)
  const line = before.filter((character) => character === '\n').length + 1
  const column = before.length - before.lastIndexOf('\n')
  return codeFrameColumns(sql, { start: { line, column } }, { linesAbove: 1, linesBelow: 1 })
}
