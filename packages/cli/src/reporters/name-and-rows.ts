import { padEnd, shorten } from './format.ts'
import { textWidth } from './text-width.ts'

const rowsWidth = 13

/** The columns of a step's name and rows as one field: a long name takes the blanks of a short count, and `spare` columns. */
export function nameAndRows(name: string, rows: string, nameWidth: number, spare: number): string {
  const field = nameWidth + 1 + Math.max(rowsWidth, textWidth(rows))
  const right = rows === '' ? '' : ` ${rows}`
  const shown = shorten(name, Math.max(nameWidth, field + spare - textWidth(right)))
  return padEnd(shown, field - textWidth(right)) + right
}
