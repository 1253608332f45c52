import { padEnd, plural, shorten } from './format.ts'
import { textWidth } from './text-width.ts'

const maxCellWidth = 40

/** int8, int2, int4, oid, float4, float8, numeric */
const numberTypes = new Set([20, 21, 23, 26, 700, 701, 1700])

/** Names of the columns of an answer that hold numbers. */
export function numbersAmong(
  fields: readonly { readonly name: string; readonly typeOid: number }[],
): ReadonlySet<string> {
  return new Set(fields.flatMap(({ name, typeOid }) => (numberTypes.has(typeOid) ? [name] : [])))
}

/**
 * Rows as a table, columns of `numbers` to the right; where it would not fit the terminal, one block a row with a column on
 * each line.
 */
export function renderRows(
  columns: readonly string[],
  rows: readonly Record<string, unknown>[],
  width: number,
  numbers: ReadonlySet<string> = new Set(),
): string {
  const cells = rows.map((row) => columns.map((column) => cellText(row[column])))
  const widths = columns.map((column, index) =>
    Math.min(maxCellWidth, Math.max(column.length, ...cells.map((row) => [...row[index]!].length))),
  )
  const total = widths.reduce((sum, each) => sum + each, 0) + 2 * (columns.length - 1)
  if (rows.length === 0) return `${columns.join('  ')}\n(no rows)`
  const body = total <= width ? asTable(columns, cells, widths, numbers) : asBlocks(columns, cells, width)
  return `${body}\n(${plural(rows.length, 'row')})`
}

function asTable(
  columns: readonly string[],
  cells: readonly (readonly string[])[],
  widths: readonly number[],
  numbers: ReadonlySet<string>,
): string {
  const fit = (value: string, index: number) => {
    const shown = shorten(value, widths[index]!)
    return numbers.has(columns[index]!)
      ? ' '.repeat(widths[index]! - textWidth(shown)) + shown
      : padEnd(shown, widths[index]!)
  }
  const line = (values: readonly string[]) => values.map(fit).join('  ').trimEnd()
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
