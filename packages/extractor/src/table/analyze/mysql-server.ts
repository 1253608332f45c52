import type { DatabaseConnector, Instance } from '@strata/core'
import { type MysqlSession, withMysqlSession } from '../mysql/mysql-session.ts'
import { quoteName } from '../mysql/quote.ts'
import { wallClock } from '../mysql/zone-offset.ts'
import type { AnalyzedServer, CatalogColumn, CatalogTable, HashedRow, ReadLimits } from './analyzed-server.ts'
import { readMysqlCatalog } from './mysql-catalog.ts'
import { hashedColumns, hashedRow, keyCondition } from './mysql-hashes.ts'
import { type KeyRange, type MysqlSample, mysqlSample } from './mysql-sample.ts'
import { profileStatement, readProfile } from './profile-statement.ts'
import { withExtremes } from './with-extremes.ts'

/** Looks at a MySQL or MariaDB database: each question in a read-only transaction of its own. */
export function openMysqlServer(
  connector: DatabaseConnector,
  instance: Instance,
  signal: AbortSignal,
): AnalyzedServer {
  const ask = <T>(milliseconds: number, work: (session: MysqlSession) => Promise<T>): Promise<T> => {
    const timeoutSeconds = Math.max(1, Math.ceil(milliseconds / 1_000))
    return withMysqlSession({ connector: { ...connector, timeoutSeconds }, instance }, signal, work)
  }
  const usual = connector.timeoutSeconds * 1_000
  return {
    clock: () =>
      ask(usual, async ({ clock: { utc, local } }) => ({
        utc,
        local: connector.timeZone === null ? local : wallClock(utc, connector.timeZone),
      })),
    tables: () => ask(usual, readMysqlCatalog),
    profile: (table, columns, clock, limits) =>
      ask(limits.milliseconds, async (session) => {
        const { pieces, how } = await sampleOf(session, table, limits)
        const key = table.key?.columns ?? []
        const read = [...new Set([...key, ...columns.map(({ name }) => name)])].map(quoteName).join(', ')
        const from = `from ${quoteName(table.name)}`
        const sample = pieces.map((piece) => `(select ${read} ${from} ${piece})`).join(' union all ')
        const windows = await knowsWindows(session)
        const dialect = { name: quoteName, text: asText, collate: '', windows }
        const answer = await session.rows(profileStatement(columns, key, sample, clock, dialect))
        const profile = readProfile(columns, answer, windows && key.length > 0, how)
        const isAll = how !== null || profile.rows < mostRows(limits)
        return withExtremes(isAll ? profile : { ...profile, sample: firstRows }, columns, (indexed) =>
          readExtremes(session, table, indexed),
        )
      }),
    sampleRows: (table, columns, limits) =>
      ask(limits.milliseconds, async (session) => {
        const { pieces, how } = await sampleOf(session, table, limits)
        const list = hashedColumns(table, columns)
        const found = new Map<string, HashedRow>()
        for (const piece of pieces)
          for (const row of await session.rows(`select ${list} from ${quoteName(table.name)} ${piece}`)) {
            const hashed = hashedRow(row, table, columns)
            found.set(hashed.key, hashed)
          }
        return { rows: [...found.values()], complete: how === null && found.size < mostRows(limits) }
      }),
    readRows: (table, columns, keys, milliseconds) =>
      ask(milliseconds, async (session) => {
        const select = `select ${hashedColumns(table, columns)} from ${quoteName(table.name)}`
        const found: HashedRow[] = []
        for (let at = 0; at < keys.length; at += keysAtOnce) {
          const condition = keyCondition(table, keys.slice(at, at + keysAtOnce))
          const rows = await session.rows(`${select} where ${condition}`)
          found.push(...rows.map((row) => hashedRow(row, table, columns)))
        }
        return found
      }),
  }
}

const firstRows = 'the first rows that the server gave'
const keysAtOnce = 500

/** The estimate of the server is often stale: a table that seems small is read a little beyond the limit, and it shows whether that was all. */
function mostRows({ rows }: ReadLimits): number {
  return rows * 2
}

async function sampleOf(
  session: MysqlSession,
  table: CatalogTable,
  limits: ReadLimits,
): Promise<MysqlSample> {
  if (table.rows !== null && table.rows <= limits.rows)
    return { pieces: [`limit ${mostRows(limits)}`], how: null }
  const leading = table.columns.find(({ name }) => name === table.key?.columns[0])
  if (leading === undefined) return { pieces: [`limit ${limits.rows}`], how: firstRows }
  const column = quoteName(leading.name)
  const [range] = await session.rows(
    `select cast(min(${column}) as char), cast(max(${column}) as char) from ${quoteName(table.name)}`,
  )
  const [min = null, max = null] = range ?? []
  const keyRange: KeyRange | null = min === null || max === null ? null : { min, max }
  return mysqlSample(table.key!.columns, leading, keyRange, limits.rows)
}

/** An old MySQL cannot compare a row with the one before it. */
async function knowsWindows(session: MysqlSession): Promise<boolean> {
  const [row] = await session.rows('select version()')
  const [major = 0, minor = 0] = (row?.[0] ?? '').split('.').map((part) => Number.parseInt(part, 10))
  return session.mariadb ? major > 10 || (major === 10 && minor >= 2) : major >= 8
}

function asText({ name, change }: CatalogColumn): string {
  const column = quoteName(name)
  if (change !== 'number') return `cast(${column} as char)`
  return `case when ${column} < 0 then cast(${column} as char) else lpad(cast(${column} as char), 30, '0') end`
}

async function readExtremes(
  session: MysqlSession,
  { name }: CatalogTable,
  indexed: readonly CatalogColumn[],
) {
  const each = (of: 'min' | 'max', column: CatalogColumn) =>
    `cast((select ${of}(${quoteName(column.name)}) from ${quoteName(name)}) as char)`
  const list = indexed.flatMap((column) => [each('min', column), each('max', column)])
  const [row = []] = await session.rows(`select ${list.join(', ')}`)
  return indexed.map((_, index) => ({ min: row[index * 2] ?? null, max: row[index * 2 + 1] ?? null }))
}
