import { print, type Value } from '../template/index.ts'
import type { TableData } from './table-data.ts'

export interface TableLimits {
  readonly maxRows: number
  readonly maxColumns: number
  readonly maxColumnWidth: number
  /** Fraction digits shown of numbers. */
  readonly maxPrecision: number
}

/** A table as Markdown: text to the left, all else to the right, what is too much cut. */
export function tableText(data: TableData, limits: TableLimits): string {
  const columnsCut = data.names.length > limits.maxColumns
  const rowsCut = data.rows.length > limits.maxRows
  const names = data.names.slice(0, limits.maxColumns)
  const shown = data.rows.slice(0, limits.maxRows)
  const cut = (text: string) =>
    text.length > limits.maxColumnWidth ? `${text.slice(0, limits.maxColumnWidth - 3)}...` : text
  const grid = [
    names,
    ...shown.map((row) => row.slice(0, names.length).map((value) => cell(value, limits))),
  ].map((line) => [...line.map(cut), ...(columnsCut ? ['...'] : [])])
  const widths = grid[0]!.map((_name, column) => Math.max(...grid.map((line) => line[column]!.length)))
  if (rowsCut) grid.push(widths.map(() => '...'))
  const lines = grid.map(
    (line) =>
      `| ${line.map((text, column) => align(text, widths[column]!, data.types[column])).join(' | ')} |`,
  )
  lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`)
  return lines.join('\n')
}

/** The names and types of a table's columns. */
export function structureText(data: TableData): string {
  const rows = data.names.map((name, index) => [name, data.types[index]!])
  const limit = Number.POSITIVE_INFINITY
  return tableText(
    { names: ['column', 'data_type'], types: ['Text', 'Text'], rows },
    { maxRows: limit, maxColumns: limit, maxColumnWidth: limit, maxPrecision: limit },
  )
}

export function csvText(data: TableData): string {
  const field = (value: Value) => {
    const text = value === null ? '' : print(value)
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return [data.names, ...data.rows].map((row) => row.map(field).join(',')).join('\n')
}

function cell(value: Value, { maxPrecision }: TableLimits): string {
  if (value === null) return ''
  const text = print(value)
  const isFloat = typeof value === 'object' && !Array.isArray(value) && value.kind === 'float'
  const digits = isFloat ? (/^-?\d+\.(\d+)$/.exec(text)?.[1]?.length ?? 0) : 0
  return digits > maxPrecision && isFloat ? `${value.value.toFixed(maxPrecision)}…` : text
}

function align(text: string, width: number, type: string | undefined): string {
  return type === 'Text' ? text.padEnd(width) : text.padStart(width)
}
