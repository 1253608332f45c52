import { padEnd, plural, shorten } from './format.ts'

const maxCellWidth = 40

/** Rows as a table; where it would not fit the terminal, one block a row with a column on each line. */
export function renderRows(
  columns: readonly string[],
  rows: readonly Record<string, unknown>[],
  width: number,
): string {
  const cells = rows.map((row) => columns.map((column) => cellText(row[column])))
  const widths = columns.map((column, index) =>
    Math.min(maxCellWidth, Math.max(column.length, ...cells.map((row) => [...row[index]!].length))),
  )
  const total = widths.reduce((sum, each) => sum + each, 0) + 2 * (columns.length - 1)
  if (rows.length === 0) return `${columns.join('  ')}\n(no rows)`
  const body = total <= width ? asTable(columns, cells, widths) : asBlocks(columns, cells, width)
  return `${body}\n(${plural(rows.length, 'row')})`
}

function asTable(
  columns: readonly string[],
  cells: readonly (readonly string[])[],
  widths: readonly number[],
): string {
  const line = (values: readonly string[]) =>
    values
      .map((value, index) => padEnd(shorten(value, widths[index]!), widths[index]!))
      .join('  ')
      .trimEnd()
  return [line(columns), widths.map((each) => '─'.repeat(each)).join('  '), ...cells.map(line)].join('\n')
}

function asBlocks(columns: readonly string[], cells: readonly (readonly string[])[], width: number): string {
  const nameWidth = Math.max(...columns.map((column) => column.length))
  return cells
    .map((row, index) => {
      const title = `── row ${index + 1} `
      const lines = columns.map(
        (column, at) =>
          `${column.padEnd(nameWidth)}  ${shorten(row[at]!, Math.max(10, width - nameWidth - 2))}`,
      )
      return [title + '─'.repeat(Math.max(0, Math.min(width, 60) - title.length)), ...lines].join('\n')
    })
    .join('\n')
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '·'
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.replace(/\s+/g, ' ')
}
