import type { Database, DatabaseConnector, Instance, Queryable, Session } from '@strata/core'
import { quoteIdentifier, quoteRelation } from '@strata/core'
import sql from 'sql-template-tag'
import { postgresFailure } from '../postgres/postgres-failure.ts'
import type {
  AnalyzedServer,
  CatalogColumn,
  CatalogTable,
  HashedRow,
  SourceClock,
} from './analyzed-server.ts'
import { type PostgresTableRow, postgresCatalog, postgresTables } from './postgres-catalog.ts'
import { type ProfileRow, profileStatement, readProfile } from './profile-statement.ts'
import { withExtremes } from './with-extremes.ts'

/** Looks at a Postgres database. `database` is the source's; whoever opened it closes it. */
export function openPostgresServer(
  connector: DatabaseConnector,
  instance: Instance,
  database: Database,
  signal: AbortSignal,
): AnalyzedServer {
  const read = async <T>(milliseconds: number, work: (session: Session) => Promise<T>): Promise<T> => {
    try {
      return await database.transaction(
        async (session) => {
          await session.query('set transaction isolation level repeatable read, read only')
          await session.query(sql`
            select set_config('statement_timeout', ${String(Math.ceil(milliseconds))}, true),
              set_config('datestyle', 'ISO, YMD', true), set_config('extra_float_digits', '1', true)`)
          return await work(session)
        },
        { signal },
      )
    } catch (error) {
      signal.throwIfAborted()
      throw postgresFailure({ connector, instance }, error)
    }
  }
  const timeout = connector.timeoutSeconds * 1_000

  return {
    clock: () => read(timeout, (session) => readClock(session, connector.timeZone)),
    tables: () =>
      read(timeout, async (session) =>
        postgresTables((await session.query<PostgresTableRow>(postgresCatalog)).rows),
      ),
    profile: (table, columns, clock, limits) =>
      read(limits.milliseconds, async (session) => {
        const key = table.key?.columns ?? []
        const list = [...new Set([...key, ...columns.map(({ name }) => name)])].map(quoteIdentifier)
        const { from, how } = sampled(table, limits.rows)
        const sample = `select ${list.join(', ')} from ${from}`
        const { rows } = await session.query<ProfileRow>({
          text: profileStatement(columns, key, sample, clock, dialect),
          rowsAsArrays: true,
        })
        const profile = readProfile(columns, rows, key.length > 0, how)
        return withExtremes(profile, columns, async (indexed) => {
          const parts = indexed.map((column, index) => {
            const each = (of: string) =>
              `(select ${of}(${valueText(column, 'x')}) from (select ${of}(${quoteIdentifier(column.name)}) as x from ${nameOf(table)}) as one)`
            return `${each('min')} as lo${index}, ${each('max')} as hi${index}`
          })
          const found = await session.query<{ [name: string]: string | null }>(`select ${parts.join(', ')}`)
          const [row] = found.rows
          return indexed.map((_, index) => ({
            min: row?.[`lo${index}`] ?? null,
            max: row?.[`hi${index}`] ?? null,
          }))
        })
      }),
    sampleRows: (table, columns, limits) =>
      read(limits.milliseconds, async (session) => {
        const list = hashedColumns(table, columns)
        const { from, how } = sampled(table, limits.rows, 'strata_row')
        const { rows } = await session.query<HashedAnswer>(`select ${list} from ${from}`)
        const found = new Map(hashedRows(rows, table, columns).map((row) => [row.key, row]))
        if (how === null) return { rows: [...found.values()], complete: rows.length < limits.rows * 2 }
        const order = table.key!.columns.map((name) => `${quoteIdentifier(name)} desc`).join(', ')
        const newest = await session.query<HashedAnswer>(
          `select ${list} from ${nameOf(table)} as strata_row order by ${order} limit ${Math.ceil(limits.rows / 4)}`,
        )
        for (const row of hashedRows(newest.rows, table, columns)) found.set(row.key, row)
        return { rows: [...found.values()], complete: false }
      }),
    readRows: (table, columns, keys, milliseconds) =>
      read(milliseconds, async (session) => {
        const wanted = keys.map((key) => JSON.parse(key) as readonly string[])
        const names = table.key!.columns
        const lists = names.map((_, index) => `pg_catalog.unnest($${index + 1}::text[])`).join(', ')
        const aliases = names.map((_, index) => `w${index}`).join(', ')
        const matches = names.map((name, index) => {
          const type = table.columns.find((column) => column.name === name)!.type
          return `strata_row.${quoteIdentifier(name)} = wanted.w${index}::${type}`
        })
        const { rows } = await session.query<HashedAnswer>({
          text: `select ${hashedColumns(table, columns)} from ${nameOf(table)} as strata_row
            join rows from (${lists}) as wanted(${aliases}) on ${matches.join(' and ')}`,
          values: names.map((_, index) => wanted.map((key) => key[index])),
        })
        return hashedRows(rows, table, columns)
      }),
  }
}

type HashedAnswer = { readonly [name: string]: string | null }

const dialect = { name: quoteIdentifier, text: sortedText, collate: ' collate "C"', windows: true }

async function readClock(session: Queryable, timeZone: string | null): Promise<SourceClock> {
  const format = 'YYYY-MM-DD HH24:MI:SS.US'
  const { rows } = await session.query<SourceClock>(sql`
    select to_char(now() at time zone 'UTC', ${format}) as utc,
      to_char(now() at time zone ${timeZone ?? 'UTC'}::text, ${format}) as local`)
  return rows[0]!
}

function nameOf({ schema, name }: CatalogTable): string {
  return schema === null ? quoteIdentifier(name) : quoteRelation({ schema, name })
}

/** Blocks from all over the table. A view cannot be sampled, nor a foreign table. */
function sampled(
  table: CatalogTable,
  limit: number,
  alias = 'sampled_rows',
): { from: string; how: string | null } {
  const { rows, kind } = table
  const name = `${nameOf(table)} as ${alias}`
  if (kind !== 'table') return { from: `${name} limit ${limit}`, how: `the first ${limit} rows, at most` }
  if (rows === null || rows <= limit) return { from: `${name} limit ${limit * 2}`, how: null }
  const percent = (100 * limit) / rows
  return {
    from: `${name} tablesample system (${percent.toFixed(6)}) limit ${limit * 3}`,
    how: `about ${percent < 1 ? percent.toFixed(2) : Math.round(percent)} % of its blocks`,
  }
}

function valueText({ change }: CatalogColumn, expression: string): string {
  return change === 'instant' ? `(${expression} at time zone 'UTC')::text` : `${expression}::text`
}

function sortedText(column: CatalogColumn): string {
  const name = quoteIdentifier(column.name)
  if (column.change !== 'number') return valueText(column, name)
  return `case when ${name} < 0 then ${name}::text else lpad(${name}::text, 30, '0') end`
}

function hashedColumns(table: CatalogTable, columns: readonly CatalogColumn[]): string {
  const of = (name: string) => `strata_row.${quoteIdentifier(name)}`
  return [
    ...table.key!.columns.map((name, index) => `${of(name)}::text as k${index}`),
    `pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(strata_row::text, 'UTF8')), 'hex') as h`,
    ...columns.map((column, index) => `${valueText(column, of(column.name))} as c${index}`),
  ].join(', ')
}

function hashedRows(
  rows: readonly HashedAnswer[],
  table: CatalogTable,
  columns: readonly CatalogColumn[],
): readonly HashedRow[] {
  return rows.map((row) => ({
    key: JSON.stringify(table.key!.columns.map((_, index) => row[`k${index}`])),
    hash: row['h'] ?? '',
    changes: Object.fromEntries(columns.map(({ name }, index) => [name, row[`c${index}`] ?? null])),
  }))
}
