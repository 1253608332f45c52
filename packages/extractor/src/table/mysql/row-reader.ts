import type { RowsRequest, SourceColumn, SourceRow } from '../table-source.ts'
import { isCalendarDate } from './calendar-date.ts'
import { kindOf } from './column-kind.ts'
import type { MysqlValue } from './mysql-wire.ts'
import { quoteName } from './quote.ts'
import type { ReadPlace } from './read-rows.ts'
import type { TableKey } from './table-key.ts'
import { isRead, type ValueJson, valueJson, withoutZeros } from './value-json.ts'

/** Makes records of rows. */
export interface RowReader {
  /** What stands between `select` and `from`: the columns, what else the changes need, and the key. */
  readonly select: string
  readonly bytes: readonly boolean[]
  /** Where the key begins in a row. */
  readonly keyAt: number
  row(values: readonly MysqlValue[]): SourceRow
  /** Dates so far that no calendar has. */
  zeroDates(): number
}

export function createRowReader({ place, table }: ReadPlace, request: RowsRequest, key: TableKey): RowReader {
  const { columns } = request
  const further = request.changes
    .filter((name) => columns.every((column) => column.name !== name))
    .map((name) => {
      const column = table.columns.find((one) => one.name === name)
      if (column === undefined) throw new Error(`there is no change column ${name}`)
      return column
    })
  const selected = [...columns, ...further]
  const changes = request.changes.map((name) => {
    const at = selected.findIndex((column) => column.name === name)
    return { at, text: changeText(selected[at]!) }
  })
  const names = columns.map(({ name }, index) => `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`)
  const writers: readonly ValueJson[] = columns.map(({ type }) => valueJson(type, place.connector.timeZone))
  const count = columns.length
  // Joined, a record is one string: added up it would stay a tree of them, which costs more to keep than to make.
  const parts = names.flatMap((name) => [name, ''])
  parts.push(count === 0 ? '{}' : '}')
  let zeroDates = 0
  return {
    select: [...selected.map(expressionOf), ...key.columns.map(({ expression }) => expression)].join(', '),
    bytes: [
      ...selected.map(({ type }) => isRead(type) === 'bytes'),
      ...key.columns.map(({ bytes }) => bytes),
    ],
    keyAt: selected.length,
    zeroDates: () => zeroDates,
    row(values) {
      for (let index = 0; index < count; index += 1) {
        const value = values[index]!
        const text = value === null ? 'null' : writers[index]!(value)
        if (text === null) zeroDates += 1
        parts[2 * index + 1] = text ?? 'null'
      }
      return {
        json: parts.join(''),
        changes: changes.map(({ at, text }) => {
          const value = values[at]!
          return value === null ? null : text(value as string)
        }),
      }
    },
  }
}

function expressionOf({ name, type }: SourceColumn): string {
  // As a double it has all its digits.
  return kindOf(type) === 'float' ? `${quoteName(name)} + 0e0` : quoteName(name)
}

/** Null: a date that no calendar has. */
function changeText({ change }: SourceColumn): (value: string) => string | null {
  switch (change) {
    case 'date':
      return (value) => (isCalendarDate(value) ? value : null)
    case 'local_time':
    case 'instant':
      return (value) => (isCalendarDate(value) ? withMicroseconds(value) : null)
    default:
      return withoutZeros
  }
}

function withMicroseconds(time: string): string {
  return time.length === 19 ? `${time}.000000` : time.padEnd(26, '0')
}
