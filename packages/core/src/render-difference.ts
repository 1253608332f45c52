import type { DifferingRow, RowDifference, RowValues } from './unit-test.ts'

/** How the parts of a difference are painted; each gets text of its final width. */
export interface DifferencePaint {
  readonly expected: (text: string) => string
  readonly actual: (text: string) => string
  readonly quiet: (text: string) => string
}

const plain: DifferencePaint = { expected: (text) => text, actual: (text) => text, quiet: (text) => text }

const maxCell = 48

interface Line {
  readonly mark: string
  readonly cells: readonly string[]
  /** Which cells are painted; null: all. */
  readonly marked: readonly boolean[] | null
  readonly paint: (text: string) => string
}

/**
 * A table of the rows that differ, a line each: `-` was expected and is missing, `+` came out and was not expected. A row that came
 * out changed stands on two lines, of which only the cells that differ are painted; `~` stands below them for those without
 * colours.
 */
export function renderDifference(
  difference: RowDifference,
  paint = plain,
  widthOf = defaultWidth,
): readonly string[] {
  const lines = difference.rows.flatMap((row) => linesOf(row, paint))
  const widths = difference.columns.map((column, index) =>
    Math.max(widthOf(column), ...lines.map(({ cells }) => widthOf(cells[index] ?? ''))),
  )
  const padded = (cells: readonly string[], paintCell: (text: string, index: number) => string): string =>
    cells
      .map((cell, index) => {
        const blanks = ' '.repeat(Math.max(0, widths[index]! - widthOf(cell)))
        return paintCell(cell, index) + (index === cells.length - 1 ? '' : blanks)
      })
      .join('  ')
  const heading = `  ${padded(difference.columns, paint.quiet)}`
  const rows = lines.map(({ mark, cells, marked, paint: own }) => {
    const painted = padded(cells, (cell, index) => (marked?.[index] === false ? cell : own(cell)))
    return `${own(mark)} ${painted}`
  })
  const more = difference.more > 0 ? [paint.quiet(`  … and ${countOf(difference.more, 'more row')}`)] : []
  return [...(difference.columns.length === 0 ? [] : [heading]), ...rows, ...more]
}

/** `1 row missing, 2 rows changed (expected 3 rows, got 2)`, with the expression that was looked at. */
export function summarizeDifference({ cte, expected, actual, rows, more }: RowDifference): string {
  const words = { missing: 'missing', changed: 'other than expected', unexpected: 'unexpected' } as const
  const parts = (Object.keys(words) as (keyof typeof words)[]).flatMap((kind) => {
    const count = rows.filter((row) => row.kind === kind).length
    return count === 0 ? [] : [`${countOf(count, 'row')} ${words[kind]}`]
  })
  const rest = more > 0 ? [`${more} more`] : []
  const where = cte === null ? '' : `${cte}: `
  return `${where}${[...parts, ...rest].join(', ')} (expected ${countOf(expected, 'row')}, got ${actual})`
}

function linesOf(row: DifferingRow, paint: DifferencePaint): readonly Line[] {
  const line = (mark: '-' | '+', values: RowValues, marked: readonly boolean[] | null): Line => ({
    mark,
    cells: values.map(cellText),
    marked,
    paint: mark === '-' ? paint.expected : paint.actual,
  })
  if (row.kind === 'missing') return [line('-', row.expected, null)]
  if (row.kind === 'unexpected') return [line('+', row.actual, null)]
  const differs = row.differs ?? row.expected.map((value, index) => value !== row.actual[index])
  const marks = row.expected.map((value, index) => {
    const width = Math.max(defaultWidth(cellText(value)), defaultWidth(cellText(row.actual[index] ?? null)))
    return differs[index] ? '~'.repeat(Math.max(1, width)) : ''
  })
  return [
    line('-', row.expected, differs),
    line('+', row.actual, differs),
    { mark: ' ', cells: marks, marked: null, paint: paint.quiet },
  ]
}

/** Texts that could be taken for something else are quoted. */
function cellText(value: string | null): string {
  if (value === null) return 'null'
  const needsQuotes = value === '' || value === 'null' || value !== value.trim() || /[\n\r\t]/.test(value)
  const text = needsQuotes ? JSON.stringify(value) : value
  const characters = [...text]
  return characters.length <= maxCell ? text : `${characters.slice(0, maxCell - 1).join('')}…`
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function defaultWidth(text: string): number {
  return [...text].length
}
