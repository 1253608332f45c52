import { padEnd, plural, shorten, shortenEnd } from './format.ts'
import type { Table } from './history-tables.ts'
import { renderRows } from './render-rows.ts'
import { textWidth } from './text-width.ts'
import { wrapText } from './wrap-text.ts'

type Row = Table['rows'][number]

/** Names are not cut below this. */
const leastName = 16
/** Less of a note is not worth its place. */
const leastNote = 12

/**
 * A table that fits its width: names are cut in their middle where they must be, and what has no room in the last column stands
 * below its row where it has to be read. Where not even that fits, one block a row.
 */
export function renderHistory(table: Table, width: number): string {
  const { note, rows } = table
  const columns = table.columns.filter((column) => column !== note?.column)
  const widths = fitted(columns, table, width)
  if (widths === null || rows.length === 0) return renderRows(table.columns, rows, width)
  const line = (texts: readonly string[]) =>
    texts.map((text, index) => padEnd(shorten(text, widths[index]!), widths[index]!)).join('  ')
  const room = width - textWidth(line(columns)) - 2
  const wide = note === undefined ? 0 : Math.max(...rows.map((row) => textWidth(row[note.column] ?? '')))
  const hasColumn = note !== undefined && room >= Math.min(Math.max(wide, note.column.length), leastNote)
  const lines = rows.flatMap((row) => {
    const own = line(columns.map((column) => row[column] ?? ''))
    const text = note === undefined ? '' : (row[note.column] ?? '')
    if (hasColumn && textWidth(text) <= room) return [`${own}  ${text}`]
    if (note?.isWhole(row) && text !== '') return [own, ...below(text, width)]
    return [hasColumn ? `${own}  ${shortenEnd(text, room)}` : own]
  })
  const rules = widths.map((each) => '─'.repeat(each)).join('  ')
  const noteRule = hasColumn ? `  ${'─'.repeat(Math.min(room, Math.max(wide, note.column.length)))}` : ''
  const head = hasColumn ? `${line(columns)}  ${note.column}` : line(columns)
  return [
    ...[head, `${rules}${noteRule}`, ...lines].map((text) => text.trimEnd()),
    `(${plural(rows.length, 'row')})`,
  ].join('\n')
}

function below(text: string, width: number): readonly string[] {
  return wrapText(text, width - 4).map((part) => `    ${part}`)
}

/** Widths of the columns, the flexible ones cut as far as they must be; null: they cannot be. */
function fitted(columns: readonly string[], { rows, flexible }: Table, width: number): number[] | null {
  const widthOf = (row: Row, column: string) => textWidth(row[column] ?? '')
  const widths = columns.map((column) =>
    Math.max(textWidth(column), ...rows.map((row) => widthOf(row, column))),
  )
  let excess = widths.reduce((sum, each) => sum + each, 0) + 2 * (columns.length - 1) - width
  while (excess > 0) {
    const widest = columns
      .map((column, index) => ({ index, width: flexible.includes(column) ? widths[index]! : 0 }))
      .reduce((one, other) => (other.width > one.width ? other : one))
    if (widest.width <= leastName) return null
    widths[widest.index] = widest.width - 1
    excess -= 1
  }
  return widths
}
