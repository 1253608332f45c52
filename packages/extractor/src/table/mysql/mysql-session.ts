import { SourceError } from '@strata/core'
import type { MysqlPlace } from './mysql-place.ts'
import { type MysqlValue, openWire, type Wire } from './mysql-wire.ts'

/** A session of the source in which nothing can be written. Its statements run one after the other. */
export interface MysqlSession {
  readonly mariadb: boolean
  /** That of the address. */
  readonly database: string | null
  /** When the transaction began: `2024-05-01 10:00:00.123456`, in UTC and as the server's wall clock shows it. */
  readonly clock: { readonly utc: string; readonly local: string }
  /** Whether names of tables are told apart by case. */
  readonly caseSensitive: boolean
  rows(sql: string): Promise<readonly (readonly (string | null)[])[]>
  readonly each: Wire['each']
}

/**
 * Runs `work` in a read-only transaction in which nothing changes. When the signal is aborted the running statement ends on the server too.
 * Throws `SourceError`, or the reason of the signal.
 */
export async function withMysqlSession<T>(
  place: MysqlPlace,
  signal: AbortSignal,
  work: (session: MysqlSession) => Promise<T>,
): Promise<T> {
  const wire = await openWire(place, signal)
  try {
    const session = await begin(place, wire)
    const result = await work(session)
    await wire.each('rollback', () => true)
    return result
  } finally {
    wire.close()
  }
}

/** Session settings of the server may be anything: these decide what our statements mean. */
const settings = [
  // Dates that no calendar has can be compared with; and back quotes and quotes mean what they should.
  `sql_mode = 'ALLOW_INVALID_DATES'`,
  'sql_select_limit = 18446744073709551615',
]

/** Not every version has all of them, nor lets every user set them. */
function conveniences(seconds: number): readonly string[] {
  return [
    'sql_auto_is_null = 0',
    'sql_big_selects = 1',
    // Between two chunks rows are landed.
    'wait_timeout = 28800',
    `net_write_timeout = ${Math.max(60, seconds)}`,
    `lock_wait_timeout = ${seconds}`,
  ]
}

async function begin(place: MysqlPlace, wire: Wire): Promise<MysqlSession> {
  const run = async (sql: string): Promise<readonly (string | null)[]> => {
    let first: readonly MysqlValue[] = []
    await wire.each(sql, (row) => {
      first = row
      return true
    })
    return first as readonly (string | null)[]
  }
  const set = (these: readonly string[]) =>
    run(`set ${these.map((setting) => `session ${setting}`).join(', ')}`)
  const seconds = Math.ceil(place.connector.timeoutSeconds)
  await run('set names utf8mb4')
  await set(settings)
  try {
    await set(conveniences(seconds))
  } catch (error) {
    if (!isRefusal(error)) throw error
    for (const one of conveniences(seconds))
      await set([one]).catch((refusal: unknown) => {
        if (!isRefusal(refusal)) throw refusal
      })
  }
  const [id, version, database, lowerCase] = await run(
    'select connection_id(), version(), database(), @@lower_case_table_names',
  )
  wire.identify(id!)
  const mariadb = /mariadb/i.test(version ?? '')
  // Servers older than both do not know any: we watch the clock ourselves as well.
  const [limit] = await run(
    `show session variables where variable_name in ('max_statement_time', 'max_execution_time')`,
  )
  if (limit === 'max_statement_time') await run(`set session max_statement_time = ${seconds}`)
  if (limit === 'max_execution_time') await run(`set session max_execution_time = ${seconds * 1000}`)
  await run('set session transaction isolation level repeatable read')
  await run('set session transaction read only')
  // Before the snapshot: what is written from now on is later than the clock, and in the snapshot or not.
  const [local, utc] = await run('select now(6), utc_timestamp(6)')
  await run('start transaction with consistent snapshot, read only')
  await run(`set session time_zone = '+00:00'`)
  return {
    mariadb,
    database: database ?? null,
    clock: { utc: utc!, local: local! },
    caseSensitive: lowerCase === '0',
    each: wire.each,
    async rows(sql) {
      const rows: (readonly (string | null)[])[] = []
      await wire.each(sql, (row) => {
        rows.push(row as readonly (string | null)[])
        return true
      })
      return rows
    },
  }
}

/** The server lives, and does not want this statement. */
function isRefusal(error: unknown): boolean {
  return error instanceof SourceError && error.code === 'SOURCE_FAILING'
}
