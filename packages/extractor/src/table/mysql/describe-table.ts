import { SourceError, type TableJob } from '@strata/core'
import { jobIdentity } from '../../job-identity.ts'
import { describeNear } from '../near-names.ts'
import type { SourceColumn, SourceTable } from '../table-source.ts'
import { changeOf } from './column-kind.ts'
import { describePlace, type MysqlPlace } from './mysql-place.ts'
import type { MysqlSession } from './mysql-session.ts'
import { quoteName, quoteText } from './quote.ts'

export interface MysqlTable extends SourceTable {
  /** As it stands in a statement. */
  readonly sql: string
  /** Columns of each unique index: no two rows without null in them are the same there. */
  readonly uniques: readonly (readonly string[])[]
}

/** A table or view as the catalog has it. Throws `SourceError` (`SOURCE_TABLE_MISSING`). */
export async function describeTable(
  place: MysqlPlace,
  session: MysqlSession,
  job: TableJob,
): Promise<MysqlTable> {
  const schema = job.relation.schema ?? session.database
  if (schema === null)
    throw new SourceError({
      code: 'SOURCE_TABLE_MISSING',
      message: `${jobIdentity(job)}: no database is named that table ${job.relation.name} could be in`,
      hint: 'write it behind the host in the url of the instance, or as relation: database.table of the job',
    })
  const { name, engine } = await findTable(place, session, job, schema)
  const of = `table_schema = ${quoteText(schema)} and table_name = ${quoteText(name)}`
  const exactly = (rows: readonly (readonly (string | null)[])[]) => rows.filter(([table]) => table === name)
  const columns = exactly(
    await session.rows(
      `select table_name, column_name, column_type, is_nullable from information_schema.columns where ${of} order by ordinal_position`,
    ),
  )
  const documents = session.mariadb ? await jsonColumns(session, schema, name) : new Set<string>()
  const indexed = exactly(
    await session.rows(
      `select table_name, index_name, column_name, sub_part from information_schema.statistics where ${of} and non_unique = 0`,
    ),
  )
  return {
    sql: `${quoteName(schema)}.${quoteName(name)}`,
    columns: columns.map(([, column, type, nullable]) =>
      sourceColumn(column!, documents.has(column!) ? 'json' : type!, nullable === 'YES'),
    ),
    uniques: uniqueIndexes(indexed.map(([, index, column, part]) => ({ index: index!, column, part }))),
    // When it was last written to is known only until the server restarts.
    fingerprint: null,
    consistent: engine === null || !withoutTransactions.has(engine.toLowerCase()),
  }
}

function sourceColumn(name: string, type: string, nullable: boolean): SourceColumn {
  return { name, type, nullable, change: changeOf(type) }
}

/** Engines in which a reader sees what others write while it reads. Null: a view. */
const withoutTransactions: ReadonlySet<string> = new Set([
  'myisam',
  'aria',
  'memory',
  'csv',
  'archive',
  'mrg_myisam',
])

async function findTable(
  place: MysqlPlace,
  session: MysqlSession,
  job: TableJob,
  schema: string,
): Promise<{ readonly name: string; readonly engine: string | null }> {
  const wanted = job.relation.name
  const rows = await session.rows(
    `select table_name, engine from information_schema.tables where table_schema = ${quoteText(schema)}`,
  )
  const names = rows.map(([name]) => name!)
  const found =
    names.find((name) => name === wanted) ??
    (session.caseSensitive ? undefined : names.find((name) => name.toLowerCase() === wanted.toLowerCase()))
  if (found !== undefined) return { name: found, engine: rows.find(([name]) => name === found)?.[1] ?? null }
  throw new SourceError({
    code: 'SOURCE_TABLE_MISSING',
    message: `${describePlace(place)} has no table ${wanted} in database ${schema}, which ${jobIdentity(job)} reads`,
    hint: `correct the table of the job, or let our user read it; ${describeNear(wanted, names)}`,
  })
}

/** MariaDB keeps JSON as text, with a check. */
async function jsonColumns(
  session: MysqlSession,
  schema: string,
  name: string,
): Promise<ReadonlySet<string>> {
  const checks = await session.rows(
    `select table_name, check_clause from information_schema.check_constraints where constraint_schema = ${quoteText(schema)} and table_name = ${quoteText(name)}`,
  )
  const columns = checks.flatMap(([table, clause]) => {
    const column =
      table === name ? /^\(?json_valid\(`((?:[^`]|``)+)`\)\)?$/i.exec(clause ?? '')?.[1] : undefined
    return column === undefined ? [] : [column.replaceAll('``', '`')]
  })
  return new Set(columns)
}

interface IndexPart {
  readonly index: string
  /** Null: it is an expression. */
  readonly column: string | null | undefined
  /** Characters that are indexed; null: all. */
  readonly part: string | null | undefined
}

function uniqueIndexes(parts: readonly IndexPart[]): readonly (readonly string[])[] {
  const indexes = new Map<string, IndexPart[]>()
  for (const part of parts) indexes.set(part.index, [...(indexes.get(part.index) ?? []), part])
  return [...indexes.values()]
    .filter((index) => index.every(({ column, part }) => column != null && part == null))
    .map((index) => index.map(({ column }) => column!))
}
