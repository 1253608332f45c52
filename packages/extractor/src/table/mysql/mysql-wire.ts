import type { Connection } from 'mysql2'
import { isWithoutEncryption, mysqlFailure, tooSlow } from './mysql-failure.ts'
import { connectionOptions, type MysqlOptions, type MysqlPlace } from './mysql-place.ts'

/** A value as the server writes it; bytes where they were asked for. */
export type MysqlValue = string | Buffer | null

export interface ReadOptions {
  /** Columns of the answer that are bytes. */
  readonly bytes?: readonly boolean[]
  /** Ends the statement on the server. */
  readonly signal?: AbortSignal
}

/** A connection. Its statements run one after the other; when the signal is aborted the running one ends on the server too. */
export interface Wire {
  /** The number under which the server knows the session. */
  identify(id: string): void
  /** Hands each row on as it comes. Where `onRow` says false the rest is not read. Throws `SourceError`, or the reason of a signal. */
  each(sql: string, onRow: (row: readonly MysqlValue[]) => boolean, options?: ReadOptions): Promise<void>
  close(): void
}

export async function openWire(place: MysqlPlace, signal: AbortSignal): Promise<Wire> {
  signal.throwIfAborted()
  const { connection, options } = await connect(place, signal)
  let id: string | null = null
  let closed = false
  let running = false
  let failed: { readonly reason: unknown } | null = null
  let fail: (reason: unknown) => void = () => {}
  let tail: Promise<unknown> = Promise.resolve()

  const end = (reason: unknown): void => {
    failed ??= { reason }
    fail(failed.reason)
  }
  const stop = (): void => {
    void kill()
    end(signal.reason)
    connection.destroy()
  }
  connection.on('error', (error) => end(mysqlFailure(place, error)))
  connection.on('end', () => end(mysqlFailure(place, { code: 'PROTOCOL_CONNECTION_LOST' })))
  signal.addEventListener('abort', stop, { once: true })

  /** Ends what the session does, from another one. That it does nothing any more, or that the server is gone, is as well. */
  async function kill(): Promise<void> {
    if (id === null) return
    const other = await openConnection(options).catch(() => null)
    if (other === null) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 5000).unref()
      other.on('error', () => resolve())
      other.query(`kill query ${id}`, () => {
        clearTimeout(timer)
        resolve()
      })
    })
    other.destroy()
  }

  /** One statement. Resolves when the server has ended it; false: because we wanted it. */
  function send(
    sql: string,
    onRow: (row: readonly MysqlValue[]) => boolean,
    { bytes = [], signal: wanted }: ReadOptions,
  ): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (failed !== null) return reject(failed.reason)
      running = true
      let stopped: { readonly reason: unknown } | null = null
      let killing: Promise<void> | null = null
      let column = 0
      const milliseconds = place.connector.timeoutSeconds * 1000 + 5000
      const timer = setTimeout(() => {
        void kill()
        end(tooSlow(place))
        connection.destroy()
      }, milliseconds)
      const settle = (then: () => void): void => {
        running = false
        clearTimeout(timer)
        wanted?.removeEventListener('abort', abort)
        fail = () => {}
        then()
      }
      const interrupt = (reason: unknown): void => {
        if (stopped !== null) return
        stopped = { reason }
        killing = kill()
      }
      const abort = (): void => interrupt(wanted?.reason)
      fail = (reason) => settle(() => reject(reason))
      wanted?.addEventListener('abort', abort, { once: true })
      const query = connection.query({
        sql,
        rowsAsArray: true,
        typeCast(field) {
          // Rows are read column by column.
          const isBytes = bytes[column] === true
          column += 1
          return isBytes ? field.buffer() : field.string('utf8')
        },
      })
      query.on('fields', () => {
        column = 0
      })
      query.on('result', (row: unknown) => {
        column = 0
        if (stopped !== null || !Array.isArray(row)) return
        try {
          if (!onRow(row)) interrupt(null)
        } catch (error) {
          interrupt(error)
        }
      })
      const ended = (error: unknown): void =>
        settle(() => {
          const outcome = stopped as { readonly reason: unknown } | null
          if (outcome === null) return error === null ? resolve(true) : reject(mysqlFailure(place, error))
          // The order to end may come when there is nothing to end any more: it must not meet the next statement.
          const after = async (): Promise<void> => {
            await killing
            await new Promise<void>((done) => void connection.query('do 0', () => done()))
          }
          const result = () => (outcome.reason === null ? resolve(false) : reject(outcome.reason))
          after().then(result, result)
        })
      query.on('error', (error) => ended(error))
      query.on('end', () => ended(null))
    })
  }

  return {
    identify(number) {
      id = /^\d+$/.test(number) ? number : null
    },
    each(sql, onRow, options = {}) {
      const turn = tail.then(async () => {
        options.signal?.throwIfAborted()
        await send(sql, onRow, options)
      })
      tail = turn.catch(() => {})
      return turn
    },
    close() {
      if (closed) return
      closed = true
      signal.removeEventListener('abort', stop)
      if (failed === null && !running) return connection.end()
      if (running) void kill()
      connection.destroy()
    },
  }
}

async function connect(
  place: MysqlPlace,
  signal: AbortSignal,
): Promise<{ readonly connection: Connection; readonly options: MysqlOptions }> {
  const ways = await connectionOptions(place)
  for (const [index, options] of ways.entries()) {
    try {
      return { connection: await openConnection(options, signal), options }
    } catch (error) {
      signal.throwIfAborted()
      if (index + 1 < ways.length && isWithoutEncryption(error)) continue
      throw mysqlFailure(place, error)
    }
  }
  throw new Error('there is always a way to connect')
}

async function openConnection(options: MysqlOptions, signal?: AbortSignal): Promise<Connection> {
  // It takes a while to load, and most runs do without.
  const { default: mysql } = await import('mysql2')
  return new Promise((resolve, reject) => {
    const connection = mysql.createConnection(options)
    const stop = (): void => {
      connection.destroy()
      reject(signal?.reason)
    }
    if (signal?.aborted) return stop()
    signal?.addEventListener('abort', stop, { once: true })
    // It may fail more than once.
    const ignore = (): void => {}
    connection.on('error', ignore)
    connection.connect((error) => {
      signal?.removeEventListener('abort', stop)
      if (error) {
        connection.destroy()
        return reject(error)
      }
      resolve(connection)
    })
  })
}
