import { SourceError, type TableJob } from '@strata/core'
import { jobIdentity, keyColumnNames } from '../../job-identity.ts'
import type { SqlWriter } from '../row-condition.ts'
import type { ChangeType, SourceColumn } from '../table-source.ts'
import { type ColumnKind, kindOf } from './column-kind.ts'
import type { MysqlTable } from './describe-table.ts'
import type { MysqlValue } from './mysql-wire.ts'
import { quoteName, quoteText } from './quote.ts'
import { bitNumber, isRead, withoutZeros } from './value-json.ts'

/** One column of the key that a table is walked by. */
export interface KeyColumn {
  readonly column: SourceColumn
  /** What is selected to know where the walk stands. */
  readonly expression: string
  readonly bytes: boolean
  /** The value as the walk goes on from it. */
  text(value: Exclude<MysqlValue, null>): string
}

export interface TableKey {
  readonly columns: readonly KeyColumn[]
  /** No two rows are the same in it. */
  readonly unique: boolean
  /** Of the columns that may be null: whether the row has a key. Empty where none may. */
  readonly nullable: readonly string[]
}

/** Throws `SourceError` (`SOURCE_KEY_MISSING`, `SOURCE_KEY_TYPE`). */
export function tableKey(job: TableJob, table: MysqlTable): TableKey {
  const columns = keyColumnNames(job).map((name) => {
    const column = table.columns.find((one) => one.name === name)
    if (column === undefined)
      throw new SourceError({
        code: 'SOURCE_KEY_MISSING',
        message: `${jobIdentity(job)} has no column ${name}, which is to tell its rows apart`,
        hint: 'correct key: of the job',
      })
    return keyColumn(job, column)
  })
  const names = new Set(columns.map(({ column }) => column.name))
  return {
    columns,
    unique: table.uniques.some((index) => index.every((name) => names.has(name))),
    nullable: columns.filter(({ column }) => column.nullable).map(({ column }) => quoteName(column.name)),
  }
}

function keyColumn(job: TableJob, column: SourceColumn): KeyColumn {
  const kind = kindOf(column.type)
  if (['float', 'double', 'json', 'geometry'].includes(kind))
    throw new SourceError({
      code: 'SOURCE_KEY_TYPE',
      message: `${jobIdentity(job)}: column ${column.name} of its key is ${column.type}, of which two values cannot be told apart for certain`,
      hint: 'name other columns as key: of the job',
    })
  return {
    column,
    expression: comparable(column),
    bytes: isRead(column.type) === 'bytes',
    text:
      kind === 'bytes'
        ? (value) => (value as Buffer).toString('hex')
        : kind === 'bit'
          ? (value) => bitNumber(value as Buffer)
          : kind === 'number'
            ? (value) => withoutZeros(value as string)
            : (value) => value as string,
  }
}

/** Columns of words sort by the order in which the words are declared, and years by their number; both compare otherwise. */
const byNumber: ReadonlySet<ColumnKind> = new Set(['word', 'year'])

function comparable({ name, type }: SourceColumn): string {
  return byNumber.has(kindOf(type)) ? `(${quoteName(name)} + 0)` : quoteName(name)
}

/** Writes conditions on a table. Values are literals of the column's own kind: a text beside a number would be compared as a double. */
export function mysqlWriter(table: MysqlTable): SqlWriter {
  const columns = new Map(table.columns.map((column) => [column.name, column]))
  return {
    name(name) {
      const column = columns.get(name)
      return column === undefined ? quoteName(name) : comparable(column)
    },
    value: literal,
    missing(name) {
      const { change } = columns.get(name) ?? { change: null }
      const none = `${quoteName(name)} is null`
      // 0000-00-00 lands as null, and so is none here.
      return change === null || change === 'number'
        ? none
        : `(${none} or ${quoteName(name)} < ${quoteText('0001-01-01')})`
    },
  }
}

function literal(text: string, type: ChangeType | SourceColumn): string {
  const kind = typeof type === 'string' ? (type === 'number' ? 'number' : 'text') : kindOf(type.type)
  switch (kind) {
    case 'number':
    case 'bit':
    case 'year':
    case 'word':
      if (!/^-?\d+(\.\d+)?$/.test(text)) throw new Error('a number of a key or of a window is none')
      return text
    case 'bytes':
      if (!/^([\da-f]{2})*$/.test(text)) throw new Error('bytes of a key are none')
      return `x'${text}'`
    default:
      return quoteText(text)
  }
}
