import { type FileJob, quoteIdentifier, quoteLiteral, SourceError, type TableJob } from '@strata/core'
import { jobIdentity, keyColumnNames } from '../../job-identity.ts'
import { behindKey, type SqlWriter, windowCondition } from '../row-condition.ts'
import type { RowsRequest, RowWindow } from '../table-source.ts'
import type { PostgresColumn, PostgresTable } from './describe-postgres-table.ts'

/**
 * SELECT of the record as JSON text, the change columns, and, for rows that have a key, the key and its order. The server makes the JSON,
 * so that each value is what `to_json` makes of it, all its digits included; bytea is base64. Throws `SourceError` `SOURCE_KEY_TYPE`.
 */
export function selectRows(
  table: PostgresTable,
  { job, columns, window, changes, after }: RowsRequest,
  timeZone: string | null,
  which: 'keyed' | 'keyless',
): string {
  const key = keyColumns(table, job)
  const isKeyed = which === 'keyed'
  if (isKeyed) refuseFloats(job, key)
  // As the name of a column it would be that column.
  const record = freeName(table.columns)
  const values = columns.map(({ name }) => jsonValue(columnOf(table, name), timeZone))
  const selected = [
    `row_to_json(${record})::text`,
    ...changes.map((name) => changeText(columnOf(table, name))),
    ...(isKeyed ? key.map(({ name }) => `${nameOf(name)}::text`) : []),
  ]
  const conditions = [
    whetherKeyed(key, isKeyed),
    windowCondition(window, writer),
    ...(after === null ? [] : [behindKey(key, after, writer)]),
  ]
  return `select ${selected.join(', ')}
    from ${table.relation} as t cross join lateral (select ${values.join(', ')}) as ${record}
    where ${conditions.join(' and ')}
    ${isKeyed ? `order by ${key.map(({ name }) => nameOf(name)).join(', ')}` : ''}`
}

export function selectCount(table: PostgresTable, job: TableJob | FileJob, window: RowWindow): string {
  const condition = whetherKeyed(keyColumns(table, job), true)
  return `select count(*) as count from ${table.relation} as t where ${condition} and ${windowCondition(window, writer)}`
}

export function keyColumns(table: PostgresTable, job: TableJob | FileJob): readonly PostgresColumn[] {
  return keyColumnNames(job).map((name) => columnOf(table, name))
}

function columnOf({ relation, columns }: PostgresTable, name: string): PostgresColumn {
  const column = columns.find((one) => one.name === name)
  if (column === undefined) throw new Error(`${relation} has no column ${name}`)
  return column
}

function nameOf(column: string): string {
  return `t.${quoteIdentifier(column)}`
}

function whetherKeyed(key: readonly PostgresColumn[], isKeyed: boolean): string {
  const parts = key.map(({ name }) => `${nameOf(name)} is ${isKeyed ? 'not ' : ''}null`)
  return `(${parts.join(isKeyed ? ' and ' : ' or ')})`
}

const writer: SqlWriter = {
  name: nameOf,
  value(text, type) {
    if (typeof type !== 'string') return `${quoteLiteral(text)}::${type.type}`
    // A number that is written as one takes the type of the column, and so its index.
    if (type === 'number') return /^-?\d+$/.test(text) ? `(${text})` : `${quoteLiteral(text)}::numeric`
    if (type === 'instant') return `${quoteLiteral(`${text}+00`)}::timestamptz`
    return `${quoteLiteral(text)}::${type === 'date' ? 'date' : 'timestamp'}`
  },
}

function freeName(columns: readonly PostgresColumn[]): string {
  let name = 'record'
  while (columns.some((column) => column.name === name)) name += '_'
  return quoteIdentifier(name)
}

const firstYear = "'0001-01-01'"
const lastYear = "'9999-12-31 23:59:59.999999'"

function jsonValue({ name, base }: PostgresColumn, timeZone: string | null): string {
  const column = nameOf(name)
  const as = quoteIdentifier(name)
  if (base === 'bytea') return `translate(encode(${column}, 'base64'), E'\\n', '') as ${as}`
  if (base !== 'timestamp' || timeZone === null) return `${column} as ${as}`
  // What lies outside of these years has no form to which an offset could be added; infinity is among it.
  return `case when ${column} between ${firstYear} and ${lastYear}
      then (to_json(${column}) #>> '{}') || ${offsetAt(column, timeZone)}
      else to_json(${column}) #>> '{}' end as ${as}`
}

/**
 * SQL: the offset of a wall clock in a zone, `-04:00`. Where clocks are put back it is that of the second time, and in the hour that is
 * left out that of before.
 */
function offsetAt(column: string, timeZone: string): string {
  const ahead = `${column} - timezone('UTC', timezone(${quoteLiteral(timeZone)}, ${column}))`
  return `(select case when ahead < interval '0' then '-' else '+' end || to_char(
      greatest(ahead, -ahead), case when extract(second from ahead) = 0 then 'HH24:MI' else 'HH24:MI:SS' end)
    from (select ${ahead} as ahead) as clock)`
}

/** As ChangeType says; null for what has no such text, as infinity. */
function changeText({ name, base, change, type }: PostgresColumn): string {
  const column = nameOf(name)
  switch (change) {
    case 'date':
      return `case when ${column} between ${firstYear} and '9999-12-31' then to_char(${column}, 'YYYY-MM-DD') end`
    case 'local_time':
      return inYears(column, column)
    case 'instant':
      return inYears(column, `timezone('UTC', ${column})`)
    case 'number':
      return base === 'numeric' ? `nullif(${column}, 'NaN')::text` : `${column}::text`
    default:
      throw new Error(`the column ${name} is a ${type}, which tells no changes`)
  }
}

function inYears(column: string, time: string): string {
  return `case when ${column} between ${firstYear} and ${lastYear} then to_char(${time}, 'YYYY-MM-DD HH24:MI:SS.US') end`
}

function refuseFloats(job: TableJob | FileJob, key: readonly PostgresColumn[]): void {
  const inexact = key.find(({ base }) => base === 'float4' || base === 'float8')
  if (inexact === undefined) return
  throw new SourceError({
    code: 'SOURCE_KEY_TYPE',
    message: `${jobIdentity(job)}: its key ${inexact.name} is of the type ${inexact.type}, which tells no two rows apart for sure`,
    hint: 'name another column, or several, in key: of the job',
  })
}
