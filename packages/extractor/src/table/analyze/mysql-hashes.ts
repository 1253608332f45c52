import { quoteName, quoteText } from '../mysql/quote.ts'
import type { CatalogColumn, CatalogTable, HashedRow } from './analyzed-server.ts'

/** What of a row `hashedRow` reads: its key, the hash, the values of the columns. Hashes of values are hashed, for a row may be long. */
export function hashedColumns(table: CatalogTable, columns: readonly CatalogColumn[]): string {
  const keys = table.key!.columns.map((name) => {
    const column = quoteName(name)
    return isBinary(table, name) ? `hex(${column})` : `cast(${column} as char)`
  })
  const hashes = table.columns.map(({ name }) => `ifnull(sha1(${quoteName(name)}), '-')`)
  const changes = columns.map(({ name }) => `cast(${quoteName(name)} as char)`)
  return [...keys, `sha2(concat_ws(',', ${hashes.join(', ')}), 256)`, ...changes].join(', ')
}

export function hashedRow(
  row: readonly (string | null)[],
  table: CatalogTable,
  columns: readonly CatalogColumn[],
): HashedRow {
  const parts = table.key!.columns.length
  return {
    key: JSON.stringify(row.slice(0, parts)),
    hash: row[parts] ?? '',
    changes: Object.fromEntries(columns.map(({ name }, index) => [name, row[parts + 1 + index] ?? null])),
  }
}

/** SQL: the rows with these keys. A number that is compared with text is compared as a double, and no index is used. */
export function keyCondition(table: CatalogTable, keys: readonly string[]): string {
  const columns = table.key!.columns
  const literal = (value: string, name: string): string => {
    const isNumber = table.columns.find((column) => column.name === name)?.change === 'number'
    if (isNumber && /^-?\d+$/.test(value)) return value
    return isBinary(table, name) ? `unhex(${quoteText(value)})` : quoteText(value)
  }
  const rows = keys.map((key) => {
    const values = JSON.parse(key) as readonly string[]
    return `(${values.map((value, index) => literal(value, columns[index]!)).join(', ')})`
  })
  return `(${columns.map(quoteName).join(', ')}) in (${rows.join(', ')})`
}

/** Bytes are no text: a key of them is written in hexadecimal. */
function isBinary({ columns }: CatalogTable, name: string): boolean {
  return /^((var)?binary|\w*blob|bit)\b/.test(columns.find((column) => column.name === name)?.type ?? '')
}
