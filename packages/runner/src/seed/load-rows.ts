import { quoteIdentifier, quoteRelation, type RelationName, type Session } from '@strata/core'
import type { CsvRecord } from './read-csv.ts'

export interface LoadColumn {
  readonly name: string
  /** What the values arrive as: the inferred type, or `text`. */
  readonly arrives: string
  /** SQL that Postgres casts arriving values to; null where they have the column's type already. */
  readonly cast: string | null
  /** Null is null. */
  readonly encode: (value: string) => string | null
}

/** Rows as one statement takes them: an array of Postgres for each column, as text. */
export type Arrays = readonly string[]

export interface RowInsert {
  encode(records: readonly CsvRecord[]): Arrays
  /** Returns how many rows went in. */
  send(arrays: Arrays): Promise<number>
}

/** Inserts many rows by one statement: an array a column, written as text here, in one pass with the values' own encoding. */
export function createInsert(
  transaction: Session,
  into: RelationName,
  columns: readonly LoadColumn[],
): RowInsert {
  const arrays = columns.map((column, index) => `$${index + 1}::${column.arrives}[]`)
  const names = columns.map((_, index) => `c${index + 1}`)
  const casts = columns.map(({ cast }, index) =>
    cast === null ? names[index]! : `cast(${names[index]} as ${cast})`,
  )
  const text = `insert into ${quoteRelation(into)} (${columns.map(({ name }) => quoteIdentifier(name)).join(', ')})
select ${casts.join(', ')} from unnest(${arrays.join(', ')}) as rows (${names.join(', ')})`
  return {
    encode: (records) => columns.map((column, index) => arrayOf(column, index, records)),
    send: async (arrays) => (await transaction.query({ text, values: arrays })).rowCount,
  }
}

function arrayOf({ arrives, encode }: LoadColumn, index: number, records: readonly CsvRecord[]): string {
  const quoted = arrives === 'text'
  let text = '{'
  for (let row = 0; row < records.length; row++) {
    if (row > 0) text += ','
    const given = records[row]!.values[index]
    const value = given === undefined ? null : encode(given)
    if (value === null) text += 'null'
    else if (!quoted) text += `"${value}"`
    else if (special.test(value)) text += `"${value.replace(everySpecial, '\\$&')}"`
    else text += `"${value}"`
  }
  return `${text}}`
}

const special = /["\\]/
const everySpecial = /["\\]/g

/**
 * The types of a table's columns without their lengths: a cast to `varchar(3)` cuts a value silently, the assignment that
 * follows a cast to `varchar` refuses it. The type below, where a column's type is a domain.
 */
export async function readCastTypes(
  transaction: Session,
  relation: RelationName,
): Promise<readonly string[]> {
  const { rows } = await transaction.query<{ type: string }>({
    text: `with recursive types as (
  select a.attnum, a.atttypid as type, 0 as depth from pg_attribute a
  where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped
  union all
  select types.attnum, t.typbasetype, depth + 1 from types
  join pg_type t on t.oid = types.type and t.typtype = 'd'
)
select distinct on (attnum) format_type(type, -1) as type from types order by attnum, depth desc`,
    values: [quoteRelation(relation)],
  })
  return rows.map(({ type }) => type)
}
